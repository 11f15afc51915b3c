"""Renames a passkey."""

from dataclasses import dataclass, field

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.errors import PasskeyNotFound, SessionNotFound
from pingshan_identity.domain.factors.passkey import tidy_name
from pingshan_identity.store.factors import passkeys
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RenamePasskey:
    credential_id: bytes = field(repr=False)
    name: str
    otherwise: str
    """Name where none was typed."""


async def rename_passkey(deps: Dependencies, actor: Actor, command: RenamePasskey) -> None:
    """Renames a passkey of who is signed in. Raises SessionNotFound, PasskeyNotFound."""
    person_id, name = require_person(actor, SessionNotFound), tidy_name(command.name, command.otherwise)
    async with deps.database.begin() as tx:
        if not await passkeys.rename(tx, person_id, command.credential_id, name):
            raise PasskeyNotFound

"""Revokes a key by date: what it signed before stays authentic, what it signed from then on is not."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_manage_keys
from pingshan_e_license.domain.errors import IssuerKeyNotFound
from pingshan_e_license.domain.issuing.issuer_key import RevocationReason
from pingshan_e_license.store.issuing import issuer_keys
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.signing_keys import make_due_keys, record_key


@dataclass(frozen=True, slots=True)
class RevokeIssuerKey:
    kid: str
    reason: RevocationReason
    since: datetime | None = None
    """From when on nothing that it signed counts; None for now."""


async def revoke_issuer_key(deps: Dependencies, actor: Actor, command: RevokeIssuerKey) -> None:
    """Revokes the key, known to every process within two seconds, and makes the next one of its agency at once.

    Raises NotAllowed, IssuerKeyNotFound, IssuerKeyRevoked, RequestInvalid for a time that is to come.
    """
    check_may_manage_keys(actor)
    async with deps.database.begin() as tx:
        await issuer_keys.lock(tx)
        key = await issuer_keys.by_kid(tx, deps.personal, command.kid)
        if key is None:
            raise IssuerKeyNotFound
        now = clock.now()
        revoked = key.revoked(command.since or now, command.reason, now)
        await issuer_keys.change(tx, deps.personal, revoked)
        await record_key(tx, actor, "issuer_key.revoked", revoked)
        if key.agency is not None:
            await make_due_keys(tx, deps, actor, [key.agency])

"""Replaces the key with which an agency signs: what the older one signed stays authentic."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_manage_keys
from pingshan_e_license.domain.errors import IssuerKeyNotFound, IssuerKeyRevoked
from pingshan_e_license.store.issuing import issuer_keys
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.signing_keys import make_due_keys, record_key


@dataclass(frozen=True, slots=True)
class ReplaceIssuerKey:
    kid: str
    """Of the key that is to sign no more."""


async def replace_issuer_key(deps: Dependencies, actor: Actor, command: ReplaceIssuerKey) -> None:
    """Ends the key now, and makes the next one of its agency at once where there is none.

    Raises NotAllowed, IssuerKeyNotFound, IssuerKeyRevoked.
    """
    check_may_manage_keys(actor)
    async with deps.database.begin() as tx:
        await issuer_keys.lock(tx)
        key = await issuer_keys.by_kid(tx, deps.personal, command.kid)
        if key is None:
            raise IssuerKeyNotFound
        if key.revoked_at is not None:
            raise IssuerKeyRevoked
        ended = key.ended(clock.now())
        await issuer_keys.change(tx, deps.personal, ended)
        await record_key(tx, actor, "issuer_key.ended", ended)
        if key.agency is not None:
            await make_due_keys(tx, deps, actor, [key.agency])

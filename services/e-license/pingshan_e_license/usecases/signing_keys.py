"""The keys with which agencies sign: found for a signature, and made when they are due, in the caller's transaction."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pingshan_kit import audit_log, clock
from pingshan_kit.logging import log
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import new_key
from pingshan_e_license.domain.issuing.issuer_key import (
    ES256,
    OLDER_KEY_SIGNS_FOR,
    SIGNS_FOR,
    IssuerKey,
    next_start,
)
from pingshan_e_license.store.issuing import issuer_keys
from pingshan_e_license.usecases.dependencies import Dependencies

ITSELF = Actor(kind=ActorKind.SERVICE, service="e-license")
_CLOCKS_DIFFER = timedelta(minutes=5)
"""A key that signs at once began so long ago: another replica's clock may be behind."""
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SigningKey:
    key: IssuerKey
    private_jwk: str = field(repr=False)


async def signing_key(tx: AsyncConnection, deps: Dependencies, agency: str) -> SigningKey:
    """Returns the key with which the agency signs now; `deps.signer.sign` takes both its parts.

    It is made where there is none. Until the transaction ends nobody revokes it, so what it signs in here counts.
    """
    found = await issuer_keys.signing(tx, deps.personal, agency, clock.now())
    if found is None:
        await make_due_keys(tx, deps, ITSELF, [agency])
        found = await issuer_keys.signing(tx, deps.personal, agency, clock.now())
    if found is None:
        raise RuntimeError("a key that was just made does not sign")
    key, private_encrypted = found
    return SigningKey(key, issuer_keys.opened(deps.personal, key.kid, private_encrypted))


async def make_due_keys(tx: AsyncConnection, deps: Dependencies, actor: Actor, agencies: Iterable[str]) -> None:
    """Makes a key for each agency that has none, or one that ends soon; of several processes one makes it.

    The key that all agencies shared before becomes history: what it signed until today goes on being verified.
    """
    await issuer_keys.lock(tx)
    now = clock.now()
    known = await issuer_keys.every(tx, deps.personal)
    kid, public_jwk = deps.older_key or ("", {})
    if public_jwk and kid not in {each.kid for each in known}:
        older = IssuerKey(kid, None, ES256, public_jwk, _ALWAYS, now + OLDER_KEY_SIGNS_FOR)
        await issuer_keys.add(tx, deps.personal, older, None)
        await record_key(tx, actor, "issuer_key.imported", older)
    for agency in agencies:
        start = next_start(known, agency, now)
        if start is not None:
            await make_key(tx, deps, actor, agency, start if start > now else now - _CLOCKS_DIFFER)


async def make_key(tx: AsyncConnection, deps: Dependencies, actor: Actor, agency: str, start: datetime) -> None:
    """Makes a key of the agency that signs from `start` on for a year. The caller holds `issuer_keys.lock`."""
    kid, private_jwk, public_jwk = await asyncio.to_thread(new_key)
    key = IssuerKey(kid, agency, ES256, public_jwk, start, start + SIGNS_FOR)
    await issuer_keys.add(tx, deps.personal, key, private_jwk)
    await record_key(tx, actor, "issuer_key.made", key)


async def record_key(tx: AsyncConnection, actor: Actor, act: str, key: IssuerKey) -> None:
    """Records what was done to a key, with its times."""
    details = {
        "agency": key.agency,
        "algorithm": key.algorithm,
        "not_before": key.not_before.isoformat(),
        "not_after": key.not_after.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "revocation_reason": key.revocation_reason,
    }
    await audit_log.append(tx, actor=actor, act=act, subject=f"key:{key.kid}", details=details)
    log.info(act, kid=key.kid, agency=key.agency)

"""Queries on signing keys; private halves are encrypted."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.keys.signing_key import Algorithm, Period
from pingshan_identity.store.tables import signing_key

_t = signing_key.c
_LOCK = 7_471_020


async def lock(tx: AsyncConnection) -> None:
    """Waits until no other process decides which keys are due; holds the lock until the end of the transaction."""
    await tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def periods(tx: AsyncConnection, now: datetime) -> dict[str, Period]:
    """Returns the periods of the published keys by `kid`, by the time from which they sign."""
    published = (_t.published_until > now, _t.private_encrypted.is_not(None))  # clocks of replicas differ
    rows = await tx.execute(select(signing_key).where(*published).order_by(_t.signs_from))
    return {row.kid: _period(row) for row in rows}


async def private_jwks(tx: AsyncConnection, personal: PersonalData, kids: Collection[str]) -> dict[str, str]:
    """Returns the private JWKs (RFC 7517) as JSON by `kid`."""
    rows = await tx.execute(select(_t.kid, _t.private_encrypted).where(among(_t.kid, kids)))
    return {row.kid: personal.decrypt(row.private_encrypted, **_place(row.kid)) for row in rows}


async def add(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    kid: str,
    private_jwk: str,
    public_jwk: Mapping[str, Any],
    period: Period,
    now: datetime,
) -> None:
    """Adds a key, its private half encrypted."""
    await tx.execute(
        insert(signing_key).values(
            kid=kid,
            alg=period.alg,
            private_encrypted=personal.encrypt(private_jwk, **_place(kid)),
            public_jwk=public_jwk,
            made_at=now,
            signs_from=period.signs_from,
            signs_until=period.signs_until,
            published_until=period.published_until,
        )
    )


async def forget(tx: AsyncConnection, now: datetime) -> list[str]:
    """Deletes the private halves of keys whose last token is dead; returns their `kid`s.

    Public halves stay, since receipts of sign-outs are verified years later.
    """
    done = await tx.execute(
        update(signing_key)
        .where(_t.published_until <= now, _t.private_encrypted.is_not(None))
        .values(private_encrypted=None)
        .returning(_t.kid)
    )
    return list(done.scalars())


async def withdraw(tx: AsyncConnection, kid: str | None, now: datetime) -> list[str]:
    """Deletes a key, or all published ones, public halves too; returns their `kid`s.

    A receipt under a stolen key proves nothing: its thief writes any.
    """
    chosen = _t.published_until > now if kid is None else _t.kid == kid
    return sorted((await tx.execute(delete(signing_key).where(chosen).returning(_t.kid))).scalars())


async def public_jwk(tx: AsyncConnection, kid: str) -> dict[str, Any] | None:
    """Returns the public JWK, also of a key that signs no more; None for an unknown or withdrawn `kid`."""
    found = (await tx.execute(select(_t.public_jwk).where(_t.kid == kid))).scalar_one_or_none()
    return None if found is None else dict(found)


def _place(kid: str) -> dict[str, str]:
    return {"table": "signing_key", "column": "private_encrypted", "row": kid}


def _period(row: Any) -> Period:
    return Period(cast("Algorithm", row.alg), row.signs_from, row.signs_until, row.published_until)

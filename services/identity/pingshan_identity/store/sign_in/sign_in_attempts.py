"""Queries on sign-ins under way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.sign_in_attempt import LIFE, SignInAttempt
from pingshan_identity.store.tables import sign_in_attempt

_t = sign_in_attempt.c


async def add(
    tx: AsyncConnection, *, attempt_hash: bytes, browser_hash: bytes, realm: Realm, level: int, continuation: str,
    session_id: str | None, now: datetime,
) -> None:  # fmt: skip
    await tx.execute(
        insert(sign_in_attempt).values(
            attempt_hash=attempt_hash,
            browser_hash=browser_hash,
            realm=realm.value,
            level=level,
            acr=0,
            amr=[],
            continuation=continuation,
            session_id=session_id,
            expires_at=now + LIFE,
        )
    )


async def find(tx: AsyncConnection, attempt_hash: bytes, browser_hash: bytes, now: datetime) -> SignInAttempt | None:
    """Returns the open attempt of this browser, locked until the commit; None where there is none."""
    row = (
        (
            await tx.execute(
                select(sign_in_attempt)
                .where(
                    _t.attempt_hash == attempt_hash,
                    _t.browser_hash == browser_hash,
                    _t.expires_at > now,
                    _t.used_at.is_(None),
                )
                .with_for_update()
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _attempt(row)


async def advance(
    tx: AsyncConnection, attempt: SignInAttempt, *, person_id: str, amr: tuple[str, ...], acr: int
) -> None:
    await tx.execute(
        update(sign_in_attempt)
        .where(_t.attempt_hash == attempt.attempt_hash)
        .values(person_id=UUID(person_id), amr=list(amr), acr=acr)
    )


async def show_challenge(tx: AsyncConnection, attempt: SignInAttempt, challenge: bytes) -> None:
    """Keeps a challenge in place of the one before."""
    await tx.execute(update(sign_in_attempt).where(_t.attempt_hash == attempt.attempt_hash).values(challenge=challenge))


async def take_challenge(tx: AsyncConnection, attempt: SignInAttempt) -> bytes | None:
    """Returns the challenge that `attempt` was read with and deletes it; None where there was none."""
    await tx.execute(update(sign_in_attempt).where(_t.attempt_hash == attempt.attempt_hash).values(challenge=None))
    return attempt.challenge


async def note_sms(tx: AsyncConnection, attempt: SignInAttempt, challenge_id: UUID) -> None:
    await tx.execute(
        update(sign_in_attempt).where(_t.attempt_hash == attempt.attempt_hash).values(sms_challenge_id=challenge_id)
    )


async def use_up(tx: AsyncConnection, attempt: SignInAttempt, now: datetime) -> bool:
    """Uses the attempt up. Returns False where it was used before."""
    used = await tx.execute(
        update(sign_in_attempt)
        .where(_t.attempt_hash == attempt.attempt_hash, _t.used_at.is_(None))
        .values(used_at=now)
        .returning(_t.attempt_hash)
    )
    return used.one_or_none() is not None


def _attempt(row: Mapping[Any, Any]) -> SignInAttempt:
    return SignInAttempt(
        attempt_hash=row["attempt_hash"],
        realm=Realm(row["realm"]),
        person_id=str(row["person_id"]) if row["person_id"] else None,
        level=row["level"],
        acr=row["acr"],
        amr=tuple(row["amr"]),
        session_id=row["session_id"],
        continuation=row["continuation"],
        challenge=row["challenge"],
        sms_challenge_id=str(row["sms_challenge_id"]) if row["sms_challenge_id"] else None,
    )

"""Queries on sign-ins under way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import joined, level_of
from pingshan_identity.domain.sign_in.sign_in_attempt import LIFE, MOST_FAILURES, SignInAttempt
from pingshan_identity.store.sessions.sessions import is_alive
from pingshan_identity.store.tables import sign_in_attempt, sso_session

_t = sign_in_attempt.c
_s = sso_session.c


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


async def person_of(tx: AsyncConnection, attempt_hash: bytes) -> str | None:
    """Returns the id of who gave the first proof; None where nobody did, or the attempt is unknown."""
    query = select(_t.person_id).where(_t.attempt_hash == attempt_hash)
    person_id = (await tx.execute(query)).scalar_one_or_none()
    return None if person_id is None else str(person_id)


async def find(tx: AsyncConnection, attempt_hash: bytes, browser_hash: bytes, now: datetime) -> SignInAttempt | None:
    """Returns the open attempt of this browser, locked until the commit; None where there is none, or it failed too
    often.

    A step-up is open while its session is alive.
    """
    row = (
        (
            await tx.execute(
                select(sign_in_attempt, _s.amr.label("session_amr"))
                .outerjoin(sso_session, _s.session_id == _t.session_id)
                .where(
                    _t.attempt_hash == attempt_hash,
                    _t.browser_hash == browser_hash,
                    _t.expires_at > now,
                    _t.used_at.is_(None),
                    or_(_t.session_id.is_(None), is_alive(now)),
                    _t.failures < MOST_FAILURES,
                )
                .with_for_update(of=sign_in_attempt)
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _attempt(row)


async def advance(
    tx: AsyncConnection, attempt: SignInAttempt, *, person_id: str, amr: tuple[str, ...], acr: int,
    credential_id: bytes | None,
) -> None:  # fmt: skip
    await tx.execute(
        update(sign_in_attempt)
        .where(_t.attempt_hash == attempt.attempt_hash)
        .values(person_id=UUID(person_id), amr=list(amr), acr=acr, credential_id=credential_id)
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


async def count_failure(tx: AsyncConnection, attempt: SignInAttempt) -> None:
    """Counts a wrong second factor; an attempt with too many is found no longer."""
    await tx.execute(
        update(sign_in_attempt).where(_t.attempt_hash == attempt.attempt_hash).values(failures=_t.failures + 1)
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


async def end_of(tx: AsyncConnection, person_id: str, now: datetime) -> None:
    """Uses up every sign-in of the person that is under way."""
    await tx.execute(
        update(sign_in_attempt)
        .where(_t.person_id == UUID(person_id), _t.used_at.is_(None), _t.expires_at > now)
        .values(used_at=now)
    )


def _attempt(row: Mapping[Any, Any]) -> SignInAttempt:
    session_amr = tuple(row["session_amr"] or ())
    amr = tuple(row["amr"])
    return SignInAttempt(
        attempt_hash=row["attempt_hash"],
        realm=Realm(row["realm"]),
        person_id=str(row["person_id"]) if row["person_id"] else None,
        level=row["level"],
        acr=level_of(joined(session_amr, amr)),
        amr=amr,
        session_id=row["session_id"],
        continuation=row["continuation"],
        challenge=row["challenge"],
        sms_challenge_id=str(row["sms_challenge_id"]) if row["sms_challenge_id"] else None,
        begun_at=row["expires_at"] - LIFE,
        session_amr=session_amr,
        credential_id=row["credential_id"],
    )

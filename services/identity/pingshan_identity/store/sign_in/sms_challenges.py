"""Queries on codes that were sent by SMS."""

from datetime import datetime, timedelta
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sign_in.sms_code import MOST_TRIES
from pingshan_identity.store.tables import sms_challenge

_t = sms_challenge.c
_LOCK_SPACE = 7_481


async def sent_to(tx: AsyncConnection, mobile_index: bytes, since: datetime) -> list[datetime]:
    """Returns when codes went to the number after `since`; until the commit no other transaction sends to it."""
    await tx.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(mobile_index.hex()))))
    rows = await tx.execute(select(_t.sent_at).where(_t.mobile_index == mobile_index, _t.sent_at > since))
    return list(rows.scalars())


async def add(
    tx: AsyncConnection,
    *,
    challenge_id: UUID,
    purpose: str,
    mobile_index: bytes,
    code_hash: bytes,
    now: datetime,
    life: timedelta,
) -> None:
    await tx.execute(
        insert(sms_challenge).values(
            challenge_id=challenge_id,
            purpose=purpose,
            mobile_index=mobile_index,
            code_hash=code_hash,
            sent_at=now,
            expires_at=now + life,
        )
    )


async def count_try(tx: AsyncConnection, challenge_id: UUID, purpose: str, now: datetime) -> bytes | None:
    """Counts a try and returns the hash to compare with; None where the challenge takes no more tries."""
    row = (
        await tx.execute(
            update(sms_challenge)
            .where(
                _t.challenge_id == challenge_id,
                _t.purpose == purpose,
                _t.used_at.is_(None),
                _t.expires_at > now,
                _t.attempts < MOST_TRIES,
            )
            .values(attempts=_t.attempts + 1)
            .returning(_t.code_hash)
        )
    ).one_or_none()
    return None if row is None else bytes(row.code_hash)


async def use_up(tx: AsyncConnection, challenge_id: UUID, now: datetime) -> bool:
    """Uses the challenge up. Returns False where it was used before."""
    used = await tx.execute(
        update(sms_challenge)
        .where(_t.challenge_id == challenge_id, _t.used_at.is_(None))
        .values(used_at=now)
        .returning(_t.challenge_id)
    )
    return used.one_or_none() is not None


async def note_sent(tx: AsyncConnection, challenge_id: UUID, notification_id: str) -> None:
    await tx.execute(
        update(sms_challenge).where(_t.challenge_id == challenge_id).values(notification_id=notification_id)
    )


async def keep_mobile(tx: AsyncConnection, personal: PersonalData, challenge_id: UUID, mobile: str) -> None:
    sealed = personal.encrypt(mobile, table="sms_challenge", column="mobile_encrypted", row=str(challenge_id))
    await tx.execute(update(sms_challenge).where(_t.challenge_id == challenge_id).values(mobile_encrypted=sealed))


async def mobile_of(tx: AsyncConnection, personal: PersonalData, challenge_id: UUID) -> str | None:
    """Returns the number in E.164; None where it was not kept."""
    found = await tx.execute(select(_t.mobile_encrypted).where(_t.challenge_id == challenge_id))
    sealed = found.scalar_one_or_none()
    if sealed is None:
        return None
    return personal.decrypt(sealed, table="sms_challenge", column="mobile_encrypted", row=str(challenge_id))

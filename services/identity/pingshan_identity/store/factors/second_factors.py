"""Queries on authenticators (TOTP), recovery codes and enrolment codes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.domain.factors.totp import Totp
from pingshan_identity.store.tables import enrolment_code, passkey, recovery_code, totp

_t = totp.c
_r = recovery_code.c


async def factors_of(tx: AsyncConnection, person_id: str) -> Factors:
    key = UUID(person_id)
    row = (
        await tx.execute(
            select(
                select(func.count()).where(_t.person_id == key, _t.confirmed_at.is_not(None)).scalar_subquery(),
                select(func.count()).where(_r.person_id == key, _r.used_at.is_(None)).scalar_subquery(),
                select(func.count()).where(passkey.c.person_id == key).scalar_subquery(),
                select(func.count())
                .where(passkey.c.person_id == key, passkey.c.hardware, passkey.c.backup_eligible.is_(False))
                .scalar_subquery(),
            )
        )
    ).one()
    return Factors(bool(row[0]), row[1], row[2], row[3])


async def totp_of(tx: AsyncConnection, personal: PersonalData, person_id: str) -> Totp | None:
    row = (await tx.execute(select(totp).where(_t.person_id == UUID(person_id)))).one_or_none()
    if row is None:
        return None
    secret = personal.decrypt(row.secret_encrypted, table="totp", column="secret_encrypted", row=person_id)
    return Totp(secret, row.confirmed_at is not None, row.last_step, row.attempt_hash)


async def propose_totp(
    tx: AsyncConnection, personal: PersonalData, person_id: str, secret: str, attempt_hash: bytes, now: datetime
) -> None:
    """Keeps a secret that counts once it is confirmed; does nothing where a confirmed one exists."""
    values = {
        "secret_encrypted": personal.encrypt(secret, table="totp", column="secret_encrypted", row=person_id),
        "created_at": now,
        "attempt_hash": attempt_hash,
    }
    row = upsert(totp).values(person_id=UUID(person_id), **values)
    await tx.execute(
        row.on_conflict_do_update(index_elements=[_t.person_id], set_=values, where=_t.confirmed_at.is_(None))
    )


async def confirm_totp(tx: AsyncConnection, person_id: str, step: int, now: datetime) -> bool:
    """Confirms the proposed authenticator. Returns False where there is none, or it was confirmed before."""
    done = await tx.execute(
        update(totp)
        .where(_t.person_id == UUID(person_id), _t.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step)
        .returning(_t.person_id)
    )
    return done.one_or_none() is not None


async def use_totp_step(tx: AsyncConnection, person_id: str, step: int) -> bool:
    """Uses a step up. Returns False where it, or a later one, was used before (RFC 6238 section 5.2)."""
    used = await tx.execute(
        update(totp)
        .where(_t.person_id == UUID(person_id), _t.confirmed_at.is_not(None), _t.last_step < step)
        .values(last_step=step)
        .returning(_t.person_id)
    )
    return used.one_or_none() is not None


async def remove_totp(tx: AsyncConnection, person_id: str) -> bool:
    """Removes the authenticator and the recovery codes that stand in for it. Returns False where there was none."""
    await tx.execute(delete(recovery_code).where(_r.person_id == UUID(person_id)))
    removed = await tx.execute(delete(totp).where(_t.person_id == UUID(person_id)).returning(_t.person_id))
    return removed.one_or_none() is not None


async def replace_recovery_codes(tx: AsyncConnection, person_id: str, hashes: Iterable[bytes], now: datetime) -> None:
    """Voids the codes before; of two who replace them at the same time, the later one's codes stand alone."""
    key = UUID(person_id)
    await tx.execute(select(_t.person_id).where(_t.person_id == key).with_for_update())
    await tx.execute(delete(recovery_code).where(_r.person_id == key))
    rows = [{"person_id": key, "code_hash": each, "made_at": now} for each in hashes]
    if rows:
        await tx.execute(insert(recovery_code), rows)


async def use_recovery_code(tx: AsyncConnection, person_id: str, code_hash: bytes, now: datetime) -> bool:
    """Uses a recovery code up. Returns False where it is wrong or was used before."""
    used = await tx.execute(
        update(recovery_code)
        .where(_r.person_id == UUID(person_id), _r.code_hash == code_hash, _r.used_at.is_(None))
        .values(used_at=now)
        .returning(_r.person_id)
    )
    return used.one_or_none() is not None


async def require_enrolment_code(tx: AsyncConnection, person_id: str, code_hash: bytes, expires_at: datetime) -> None:
    """Demands the code when the person sets up the next factor; a code given before no longer counts."""
    values = {"code_hash": code_hash, "expires_at": expires_at}
    row = upsert(enrolment_code).values(person_id=UUID(person_id), **values)
    await tx.execute(row.on_conflict_do_update(index_elements=[enrolment_code.c.person_id], set_=values))


async def needs_enrolment_code(tx: AsyncConnection, person_id: str) -> bool:
    query = select(enrolment_code.c.person_id).where(enrolment_code.c.person_id == UUID(person_id))
    return (await tx.execute(query)).one_or_none() is not None


async def use_enrolment_code(tx: AsyncConnection, person_id: str, code_hash: bytes, now: datetime) -> bool:
    """Returns whether the code is right and has not expired; a right one is used up."""
    _e = enrolment_code.c
    right = (_e.person_id == UUID(person_id)) & (_e.code_hash == code_hash) & (_e.expires_at > now)
    return (await tx.execute(delete(enrolment_code).where(right).returning(_e.person_id))).one_or_none() is not None


async def remove_all(tx: AsyncConnection, person_id: str) -> None:
    """Removes authenticator, recovery codes and passkeys, so that the next sign-in sets up a new factor."""
    key = UUID(person_id)
    for table in (totp, recovery_code, passkey):
        await tx.execute(delete(table).where(table.c.person_id == key))

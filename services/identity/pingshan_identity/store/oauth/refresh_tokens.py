"""Queries on refresh tokens; only their SHA-256 is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.refresh_token import RefreshToken, UsedRefreshToken
from pingshan_identity.store.tables import refresh_token

_t = refresh_token.c
TOKEN = (_t.expires_at, _t.used_at)
"""Columns in the order of the fields of `RefreshToken`."""


async def add(
    tx: AsyncConnection, *, token_hash: bytes, grant_id: UUID, client_id: str, now: datetime, expires_at: datetime
) -> None:
    """Adds a token that was not used yet."""
    await tx.execute(
        insert(refresh_token).values(
            token_hash=token_hash, grant_id=grant_id, client_id=client_id, issued_at=now, expires_at=expires_at
        )
    )


async def use(tx: AsyncConnection, token_hash: bytes, now: datetime) -> bool:
    """Uses a token up, in one statement. Returns False where it is used or expired."""
    used = await tx.execute(
        update(refresh_token)
        .where(_t.token_hash == token_hash, _t.used_at.is_(None), _t.expires_at > now)
        .values(used_at=now)
        .returning(_t.token_hash)
    )
    return used.one_or_none() is not None


async def keep_answer(tx: AsyncConnection, token_hash: bytes, answer_encrypted: bytes) -> None:
    """Keeps the encrypted response that the token was answered with."""
    await tx.execute(update(refresh_token).where(_t.token_hash == token_hash).values(answer_encrypted=answer_encrypted))


async def erase_answers(tx: AsyncConnection, grant_id: UUID) -> None:
    """Erases the answers that are kept for a grant."""
    mine = (_t.grant_id == grant_id) & _t.answer_encrypted.is_not(None)
    await tx.execute(update(refresh_token).where(mine).values(answer_encrypted=None))


async def erase_answers_before(tx: AsyncConnection, moment: datetime) -> int:
    """Erases the answers that tokens used before that moment got, and returns their number."""
    old = _t.answer_encrypted.is_not(None) & (_t.used_at < moment)
    erased = await tx.execute(update(refresh_token).where(old).values(answer_encrypted=None))
    return erased.rowcount


async def used(tx: AsyncConnection, token_hash: bytes, client_id: str) -> UsedRefreshToken | None:
    """Returns a token that this client has used before; None where it has used no such token."""
    row = (
        await tx.execute(
            select(_t.grant_id, _t.used_at, _t.answer_encrypted).where(
                _t.token_hash == token_hash, _t.client_id == client_id, _t.used_at.is_not(None)
            )
        )
    ).one_or_none()
    return None if row is None else UsedRefreshToken(row.grant_id, row.used_at, row.answer_encrypted)


async def grant_of(tx: AsyncConnection, token_hash: bytes, client_id: str) -> UUID | None:
    """Returns the grant of a token of that client, used or not; None where there is none."""
    mine = (_t.token_hash == token_hash) & (_t.client_id == client_id)
    return (await tx.execute(select(_t.grant_id).where(mine))).scalar_one_or_none()


async def get(tx: AsyncConnection, token_hash: bytes) -> RefreshToken | None:
    """Returns the token, used or not; None where there is none."""
    row = (await tx.execute(select(*TOKEN).where(_t.token_hash == token_hash))).one_or_none()
    return None if row is None else RefreshToken(*tuple(row))


async def alive(tx: AsyncConnection, token_hash: bytes, now: datetime) -> tuple[UUID, datetime] | None:
    """Returns grant and expiry of a token that can still be used; None where it cannot."""
    row = (
        await tx.execute(
            select(_t.grant_id, _t.expires_at).where(
                _t.token_hash == token_hash, _t.used_at.is_(None), _t.expires_at > now
            )
        )
    ).one_or_none()
    return None if row is None else (row.grant_id, row.expires_at)

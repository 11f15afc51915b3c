"""Queries on machine access tokens that their client gave back before they expired."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.store.tables import revoked_token

_t = revoked_token.c


async def add(tx: AsyncConnection, token_id: str, expires_at: datetime) -> None:
    """Keeps a token that was given back until it expires; a second call changes nothing."""
    row = insert(revoked_token).values(token_id=token_id, expires_at=expires_at)
    await tx.execute(row.on_conflict_do_nothing())


async def has(tx: AsyncConnection, token_id: str) -> bool:
    """Returns whether the token was given back."""
    return (await tx.execute(select(_t.token_id).where(_t.token_id == token_id))).one_or_none() is not None

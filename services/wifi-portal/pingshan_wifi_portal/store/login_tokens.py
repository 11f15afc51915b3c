"""Queries on one-time login tokens. The token is not stored: it follows from the username and the service's key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.store.tables import login_token


def token(personal: PersonalData, username: str) -> str:
    """Returns the token of a username: 160 bits in hexadecimal."""
    return personal.index(f"login-token:{username}").hex()[:40]


async def add(tx: AsyncConnection, **values: Any) -> None:
    await tx.execute(login_token.insert().values(**values))


async def lock(tx: AsyncConnection, username: str) -> Row[Any] | None:
    query = select(login_token).where(login_token.c.username == username).with_for_update()
    return (await tx.execute(query)).one_or_none()


async def use(tx: AsyncConnection, username: str, *, now: datetime, used_by: bytes, session_id: UUID) -> None:
    change = update(login_token).where(login_token.c.username == username)
    await tx.execute(change.values(used_at=now, used_by=used_by, session_id=session_id))

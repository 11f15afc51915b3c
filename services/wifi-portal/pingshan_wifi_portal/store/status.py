"""Queries on sessions, as the person or the device behind them may see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.text import Text
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.hotspot import name_text
from pingshan_wifi_portal.store.tables import hotspot, login_token, sign_in, wifi_session


@dataclass(frozen=True, slots=True)
class Found:
    visitor_id: UUID
    hotspot_name: Text
    session: Any
    """Newest session of the sign-in; None before the controller has asked."""


async def by_token(tx: AsyncConnection, status_hash: bytes) -> Found | None:
    query = select(login_token.c.visitor_id, sign_in.c.sign_in_id, hotspot.c.name, hotspot.c.kind)
    query = query.select_from(sign_in).join(login_token).join(hotspot, hotspot.c.hotspot_id == sign_in.c.hotspot_id)
    row = (await tx.execute(query.where(sign_in.c.status_token == status_hash))).first()
    if row is None:
        return None
    newest = select(wifi_session).where(wifi_session.c.sign_in_id == row.sign_in_id)
    session = (await tx.execute(newest.order_by(wifi_session.c.authorised_at.desc()).limit(1))).one_or_none()
    return Found(row.visitor_id, name_text(row.name, row.kind), session)


async def open_of_device(tx: AsyncConnection, controller_id: str, mac: str, before: datetime) -> Row[Any] | None:
    """Returns the device's session of a sign-in that was begun before that time."""
    query = _open().where(wifi_session.c.controller_id == controller_id, wifi_session.c.device_mac == mac)
    query = query.join(sign_in).where(sign_in.c.sent_at < before)
    row: Row[Any] | None = (await tx.execute(query)).first()
    return row


async def open_of_address(tx: AsyncConnection, address: str) -> Row[Any] | None:
    row: Row[Any] | None = (await tx.execute(_open().where(wifi_session.c.framed_ip == address))).first()
    return row


def _open() -> Select[Any]:
    """Returns the query for the newest open session; for one that is only authorised where none has started."""
    query = select(wifi_session).where(wifi_session.c.ended_at.is_(None))
    return query.order_by(wifi_session.c.started_at.is_(None), wifi_session.c.authorised_at.desc()).limit(1)

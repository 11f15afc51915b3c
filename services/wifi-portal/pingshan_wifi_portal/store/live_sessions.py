"""Queries on sessions, as the console and programs see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_values.masked import mask_mobile
from pingshan_values.text import Text
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.hotspot import name_text
from pingshan_wifi_portal.store.tables import hotspot, visitor, wifi_session

_NO_NAME = Text("", "")


@dataclass(frozen=True, slots=True)
class LiveSession:
    session_id: UUID
    hotspot_id: str
    controller_id: str
    device_mac: str
    started_at: datetime | None
    ended_at: datetime | None
    input_octets: int
    output_octets: int
    rate_kbps: int
    slowed: bool
    in_force: bool
    """Whether the controller has confirmed the newest policy."""
    hotspot_name: Text = _NO_NAME
    masked_mobile: str = ""


async def get(tx: AsyncConnection, session_id: UUID) -> LiveSession | None:
    row = (await tx.execute(select(wifi_session).where(wifi_session.c.session_id == session_id))).one_or_none()
    return _live(row) if row else None


async def page(
    tx: AsyncConnection, personal: PersonalData, *, hotspot_id: str, offset: int, count: int
) -> tuple[Sequence[LiveSession], int]:
    """Returns one page of started and open sessions, the newest first, and the number of all.

    An empty `hotspot_id` filters nothing; only these sessions have hotspot name and masked number.
    """
    which = wifi_session.c.ended_at.is_(None) & wifi_session.c.started_at.is_not(None)
    if hotspot_id:
        which &= wifi_session.c.hotspot_id == hotspot_id
    query = select(wifi_session, hotspot.c.name, hotspot.c.kind, visitor.c.mobile)
    query = query.join(hotspot, hotspot.c.hotspot_id == wifi_session.c.hotspot_id)
    query = query.outerjoin(visitor, visitor.c.visitor_id == wifi_session.c.visitor_id).where(which)
    rows = await tx.execute(query.order_by(wifi_session.c.started_at.desc()).offset(offset).limit(count))
    found = [_live(row, name_text(row.name, row.kind), _masked(row, personal)) for row in rows]
    total = await tx.execute(select(func.count()).select_from(wifi_session).where(which))
    return found, int(total.scalar_one())


def _masked(row: Row[Any], personal: PersonalData) -> str:
    if row.mobile is None:
        return ""
    return mask_mobile(personal.decrypt(row.mobile, table="visitor", column="mobile", row=str(row.visitor_id)))


def _live(row: Row[Any], hotspot_name: Text = _NO_NAME, masked_mobile: str = "") -> LiveSession:
    return LiveSession(
        session_id=row.session_id,
        hotspot_id=row.hotspot_id,
        controller_id=row.controller_id,
        device_mac=row.device_mac,
        started_at=row.started_at,
        ended_at=row.ended_at,
        input_octets=row.input_octets,
        output_octets=row.output_octets,
        rate_kbps=row.rate_kbps,
        slowed=row.slowed,
        in_force=row.applied_version >= row.policy_version,
        hotspot_name=hotspot_name,
        masked_mobile=masked_mobile,
    )

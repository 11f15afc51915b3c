"""Queries on hotspots and their access points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.hotspot import Hotspot, name_text
from pingshan_wifi_portal.domain.visit import Visit
from pingshan_wifi_portal.store.tables import access_point, controller, hotspot, wifi_session


@dataclass(frozen=True, slots=True)
class Filter:
    """Says which hotspots to find; an empty field filters nothing."""

    search: str = ""
    street: str = ""
    controller_id: str = ""


async def get(tx: AsyncConnection, hotspot_id: str) -> Hotspot | None:
    row = (await tx.execute(_query().where(hotspot.c.hotspot_id == hotspot_id))).one_or_none()
    return row and _hotspot(row)


async def after(tx: AsyncConnection, which: Filter, hotspot_id: str, count: int) -> list[Hotspot]:
    """Returns up to `count` hotspots with ids after `hotspot_id`, in the order of their ids."""
    query = _narrowed(_query(), which).where(hotspot.c.hotspot_id > hotspot_id)
    return [_hotspot(row) for row in await tx.execute(query.order_by(hotspot.c.hotspot_id).limit(count))]


async def page(tx: AsyncConnection, which: Filter, *, offset: int, count: int) -> tuple[Sequence[Hotspot], int]:
    """Returns one page in the order of the ids, and the number of all that match."""
    query = _narrowed(_query(), which).order_by(hotspot.c.hotspot_id).offset(offset).limit(count)
    total = _narrowed(select(func.count()).select_from(hotspot), which)
    found = [_hotspot(row) for row in await tx.execute(query)]
    return found, int((await tx.execute(total)).scalar_one())


async def access_points(tx: AsyncConnection, hotspot_id: str) -> list[tuple[str, str]]:
    """Returns id and MAC address of each access point of the hotspot."""
    query = select(access_point.c.access_point_id, access_point.c.mac).where(access_point.c.hotspot_id == hotspot_id)
    rows = await tx.execute(query.order_by(access_point.c.access_point_id))
    return [(row.access_point_id, row.mac) for row in rows]


async def of_access_point(tx: AsyncConnection, controller_id: str, mac: str) -> str | None:
    """Returns the hotspot of an access point, None where it does not belong to the controller."""
    query = select(access_point.c.hotspot_id).where(access_point.c.controller_id == controller_id)
    return (await tx.execute(query.where(access_point.c.mac == mac))).scalar_one_or_none()


async def visit(
    tx: AsyncConnection, *, nas_identifier: str, access_point_mac: str, device_mac: str, challenge: bytes
) -> Visit | None:
    """Returns where a device stands, None where controller and access point do not belong together."""
    query = select(controller.c.controller_id, controller.c.login_url, access_point.c.called_station_id, hotspot)
    query = (
        query.select_from(access_point)
        .join(hotspot)
        .join(controller, controller.c.controller_id == access_point.c.controller_id)
    )
    query = query.where(controller.c.nas_identifier == nas_identifier, access_point.c.mac == access_point_mac)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    return Visit(
        controller_id=row.controller_id,
        nas_identifier=nas_identifier,
        hotspot_id=row.hotspot_id,
        hotspot_name=name_text(row.name, row.kind),
        called_station_id=row.called_station_id,
        device_mac=device_mac,
        login_url=row.login_url,
        challenge=challenge,
    )


def _query() -> Select[Any]:
    is_open = (wifi_session.c.hotspot_id == hotspot.c.hotspot_id) & wifi_session.c.ended_at.is_(None)
    count = select(func.count()).where(is_open, wifi_session.c.started_at.is_not(None)).scalar_subquery()
    return select(hotspot, count.label("session_count"))


def _narrowed(query: Select[Any], which: Filter) -> Select[Any]:
    if which.search:
        name = hotspot.c.name.icontains(which.search, autoescape=True)
        query = query.where(name | hotspot.c.hotspot_id.icontains(which.search, autoescape=True))
    if which.street:
        query = query.where(hotspot.c.street == which.street)
    if which.controller_id:
        query = query.where(hotspot.c.controller_id == which.controller_id)
    return query


def _hotspot(row: Row[Any]) -> Hotspot:
    return Hotspot(**{name: getattr(row, name) for name in Hotspot.__dataclass_fields__})

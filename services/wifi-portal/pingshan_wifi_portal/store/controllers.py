"""Queries on controllers, and on what the console shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.store.tables import controller, hotspot, radius_drop, wifi_session


@dataclass(frozen=True, slots=True)
class ControllerState:
    controller_id: str
    vendor: str
    street: str
    address: str
    demands_message_authenticator: bool
    hotspot_count: int
    session_count: int
    last_packet_at: datetime | None
    stopped_at: datetime | None


def encrypt_secret(personal: PersonalData, controller_id: str, secret: str) -> bytes:
    return personal.encrypt(secret, table="controller", column="secret", row=controller_id)


def decrypt_secret(personal: PersonalData, controller_id: str, blob: bytes) -> str:
    return personal.decrypt(blob, table="controller", column="secret", row=controller_id)


async def load_all(tx: AsyncConnection, personal: PersonalData) -> list[Controller]:
    return [_controller(row, personal) for row in await tx.execute(select(controller))]


async def load(tx: AsyncConnection, personal: PersonalData, controller_id: str) -> Controller:
    query = select(controller).where(controller.c.controller_id == controller_id)
    return _controller((await tx.execute(query)).one(), personal)


def _controller(row: Row[tuple[object, ...]], personal: PersonalData) -> Controller:
    return Controller(
        controller_id=row.controller_id,
        vendor=row.vendor,
        nas_identifier=row.nas_identifier,
        address=row.address,
        street=row.street,
        coa=row.coa,
        require_message_authenticator=row.require_message_authenticator == "yes" or row.message_authenticator_seen,
        octets_swapped=row.octets_swapped,
        secret=decrypt_secret(personal, row.controller_id, row.secret).encode(),
    )


async def set_message_authenticator_seen(tx: AsyncConnection, controller_id: str) -> None:
    """Records that the controller has sent a Message-Authenticator, which is required of it from now on."""
    mine = (controller.c.controller_id == controller_id) & ~controller.c.message_authenticator_seen
    await tx.execute(update(controller).where(mine).values(message_authenticator_seen=True))


async def note_packets(tx: AsyncConnection, controller_ids: Sequence[str], heard_at: datetime) -> None:
    """Keeps when the controllers were last heard, which is earlier than the reports are applied."""
    mine = among(controller.c.controller_id, controller_ids)
    latest = func.greatest(controller.c.last_packet_at, heard_at)
    await tx.execute(update(controller).where(mine).values(last_packet_at=latest))


async def set_stopped_at(tx: AsyncConnection, controller_id: str, stopped_at: datetime | None) -> int:
    """Sets when the controller announced its stop, None where it is on. Returns the controller's new version."""
    change = update(controller).where(controller.c.controller_id == controller_id)
    change = change.values(stopped_at=stopped_at, version=controller.c.version + 1)
    version: int = (await tx.execute(change.returning(controller.c.version))).scalar_one()
    return version


async def lock_stopped(tx: AsyncConnection, controller_id: str) -> tuple[bool, datetime | None]:
    """Locks the controller's row. Returns whether it has announced its stop, and when it last reported a session."""
    query = select(controller.c.stopped_at, controller.c.last_packet_at)
    row = (await tx.execute(query.where(controller.c.controller_id == controller_id).with_for_update())).one()
    return row.stopped_at is not None, row.last_packet_at


async def hotspot_count(tx: AsyncConnection, controller_id: str) -> int:
    query = select(func.count()).select_from(hotspot).where(hotspot.c.controller_id == controller_id)
    return int((await tx.execute(query)).scalar_one())


async def states(tx: AsyncConnection) -> list[ControllerState]:
    hotspots = select(func.count()).where(hotspot.c.controller_id == controller.c.controller_id).scalar_subquery()
    is_open = (wifi_session.c.controller_id == controller.c.controller_id) & wifi_session.c.ended_at.is_(None)
    sessions = select(func.count()).where(is_open, wifi_session.c.started_at.is_not(None)).scalar_subquery()
    query = select(controller, hotspots.label("hotspots"), sessions.label("sessions"))
    return [
        ControllerState(
            controller_id=row.controller_id,
            vendor=row.vendor,
            street=row.street,
            address=row.address,
            demands_message_authenticator=row.require_message_authenticator == "yes" or row.message_authenticator_seen,
            hotspot_count=row.hotspots,
            session_count=row.sessions,
            last_packet_at=row.last_packet_at,
            stopped_at=row.stopped_at,
        )
        for row in await tx.execute(query.order_by(controller.c.controller_id))
    ]


async def add_drops(tx: AsyncConnection, day: date, drops: Mapping[tuple[str, str], int]) -> None:
    """Adds packets, by source and reason, to the day's counts. `drops` must not be empty."""
    rows = [{"day": day, "source": s, "reason": r, "packets": n} for (s, r), n in sorted(drops.items())]
    row = insert(radius_drop).values(rows)
    key = [radius_drop.c.day, radius_drop.c.source, radius_drop.c.reason]
    summed = {"packets": radius_drop.c.packets + row.excluded.packets}
    await tx.execute(row.on_conflict_do_update(index_elements=key, set_=summed))


async def drops(tx: AsyncConnection, day: date) -> list[tuple[str, str, int]]:
    """Returns source, reason and number of the day's discarded packets, the most first."""
    query = select(radius_drop.c.source, radius_drop.c.reason, radius_drop.c.packets)
    query = query.where(radius_drop.c.day == day).order_by(radius_drop.c.packets.desc(), radius_drop.c.source)
    return [(row.source, row.reason, row.packets) for row in await tx.execute(query)]

"""A Wi-Fi controller stopped: an alert in the middle of its hotspots."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.position import Position

from pingshan_alerts.clients.wifi_portal import Hotspot, WifiPortal
from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.kind import CONTROLLER_STOPPED
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.usecases.intake.shared import admit_once

_WIFI_PORTAL = Actor(kind=ActorKind.SERVICE, service="wifi-portal")


async def raise_controller_stopped(
    database: Database,
    reference: Reference,
    minute: timedelta,
    wifi_portal: WifiPortal,
    *,
    event_id: UUID,
    controller_id: str,
    session_count: int,
) -> str:
    """The alert's id. Raises Unavailable where wifi-portal is away."""
    hotspots = await wifi_portal.hotspots_of(controller_id)
    payload = {"controller_id": controller_id, "hotspots": len(hotspots), "sessions": session_count}
    draft = _draft(reference, controller_id, hotspots)
    return await admit_once(
        _WIFI_PORTAL, database, reference, minute, draft=draft, request_id=event_id, payload=payload
    )


def _draft(reference: Reference, controller_id: str, hotspots: list[Hotspot]) -> Draft:
    kind = CONTROLLER_STOPPED
    position = _middle(hotspots)
    streets = Counter(hotspot.street for hotspot in hotspots).most_common(1)
    street = streets[0][0] if streets and streets[0][0] in reference.outlines else ""
    return Draft(
        kind=kind.code,
        source="event",
        title_zh=f"{controller_id} {kind.zh}，影响 {len(hotspots)} 个热点",
        title_en=f"{controller_id}: {kind.en}, {len(hotspots)} hotspots affected",
        level=kind.level,
        owners=kind.owners,
        street=street,
        position=position,
        labels={"controller_id": controller_id},
        tells_street=kind.tells_street,
    )


def _middle(hotspots: list[Hotspot]) -> Position | None:
    if not hotspots:
        return None
    lon = sum(hotspot.position.lon for hotspot in hotspots) / len(hotspots)
    lat = sum(hotspot.position.lat for hotspot in hotspots) / len(hotspots)
    return Position(round(lon, 5), round(lat, 5))

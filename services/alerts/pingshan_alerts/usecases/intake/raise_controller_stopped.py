"""Raises an alert that a Wi-Fi controller stopped, in the middle of its hotspots."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.stopped_controller import from_controller
from pingshan_alerts.usecases.dependencies import Dependencies

_WIFI_PORTAL = Actor(kind=ActorKind.SERVICE, service="wifi-portal")


@dataclass(frozen=True, slots=True)
class RaiseControllerStopped:
    event_id: UUID
    controller_id: str
    session_count: int


async def raise_controller_stopped(deps: Dependencies, command: RaiseControllerStopped) -> str:
    """Returns the alert's id; the same event counts no report again.

    Raises Unavailable where wifi-portal is unreachable.
    """
    hotspots = await deps.wifi_portal.hotspots_of(command.controller_id)
    payload = {"controller_id": command.controller_id, "hotspots": len(hotspots), "sessions": command.session_count}
    draft = from_controller(deps.reference, command.controller_id, hotspots)
    return await deps.admissions.admit(_WIFI_PORTAL, draft, request_id=command.event_id, payload=payload)

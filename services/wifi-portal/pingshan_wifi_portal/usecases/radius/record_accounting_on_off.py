"""Records an Accounting-On or -Off (RFC 2866 section 5.1): the controller starts or stops, its sessions are over."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_events.wifi_portal import ControllerStopped
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7

from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


@dataclass(frozen=True, slots=True)
class RecordAccountingOnOff:
    controller_id: str
    on: bool
    occurred_at: datetime


async def record_accounting_on_off(deps: Dependencies, command: RecordAccountingOnOff) -> None:
    """Ends the controller's earlier sessions; a repeated request ends no more and publishes no second stop."""
    controller_id, occurred_at = command.controller_id, command.occurred_at
    async with deps.database.begin() as tx:
        was_stopped = await controllers.lock_stopped(tx, controller_id)
        version = await controllers.set_stopped_at(tx, controller_id, None if command.on else occurred_at)
        cause = "controller-started" if command.on else "controller-stopped"
        ended = await sessions.end_all(tx, controller_id, occurred_at, cause)
        await publish_ended(tx, ended)
        if not command.on and not was_stopped:
            hotspots = await controllers.hotspot_count(tx, controller_id)
            await outbox.publish(tx, _stopped(controller_id, version, hotspots, len(ended)))


def _stopped(controller_id: str, version: int, hotspots: int, sessions_ended: int) -> ControllerStopped:
    return ControllerStopped(
        event_id=uuid7(),
        aggregate_id=controller_id,
        aggregate_version=version,
        correlation_id=controller_id,
        occurred_at=now(),
        controller_id=controller_id,
        hotspot_count=hotspots,
        session_count=sessions_ended,
    )

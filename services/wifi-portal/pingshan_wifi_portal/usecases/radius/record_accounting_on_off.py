"""Records an Accounting-On or -Off (RFC 2866 section 5.1): the controller starts or stops, its sessions are over."""

from pingshan_events.wifi_portal import ControllerStopped
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.session import AccountingOnOff, is_overtaken
from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.radius.shared import HeardAccounting
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


async def record_accounting_on_off(tx: AsyncConnection, heard: HeardAccounting) -> None:
    """Ends the controller's earlier sessions; a repeated request ends no more and publishes no second stop.

    A stop that lies before the controller's later reports changes nothing.
    """
    request = heard.request
    if not isinstance(request, AccountingOnOff):
        raise TypeError(type(request).__name__)
    controller_id, occurred_at = request.controller_id, request.occurred_at
    was_stopped, last_packet_at = await controllers.lock_stopped(tx, controller_id)
    if not request.on and is_overtaken(occurred_at, last_packet_at):
        return
    version = await controllers.set_stopped_at(tx, controller_id, None if request.on else occurred_at)
    cause = "controller-started" if request.on else "controller-stopped"
    ended = await sessions.end_all(tx, controller_id, occurred_at, cause)
    await publish_ended(tx, ended, heard.traceparent)
    if not request.on and not was_stopped:
        hotspots = await controllers.hotspot_count(tx, controller_id)
        stopped = _stopped(controller_id, version, hotspots, len(ended))
        await outbox.publish(tx, stopped.model_copy(update={"traceparent": heard.traceparent}))


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

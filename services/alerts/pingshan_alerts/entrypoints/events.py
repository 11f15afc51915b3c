"""What siblings publish. Every effect is outside this service or asks a sibling, so each becomes a job."""

from pingshan_events.e_license import LicenseIssued
from pingshan_events.wifi_portal import ControllerStopped
from pingshan_events.workflow import CaseClosed
from pingshan_kit import jobs
from pingshan_kit.events.bus import Consumer
from sqlalchemy.ext.asyncio import AsyncConnection

LICENSE_ISSUED = "notify-license-issued"
CASE_CLOSED = "notify-case-closed"
CONTROLLER_STOPPED = "raise-controller-stopped"


async def _license_issued(tx: AsyncConnection, event: LicenseIssued) -> None:
    payload = {
        "event_id": str(event.event_id),
        "license_id": event.license_id,
        "identifier": event.identifier,
        "type_name_zh": event.type_name_zh,
        "type_name_en": event.type_name_en,
    }
    await jobs.enqueue(tx, LICENSE_ISSUED, event.license_id, payload)


async def _case_closed(tx: AsyncConnection, event: CaseClosed) -> None:
    payload = {"event_id": str(event.event_id), "case_id": event.case_id, "outcome": event.outcome}
    await jobs.enqueue(tx, CASE_CLOSED, event.case_id, payload)


async def _controller_stopped(tx: AsyncConnection, event: ControllerStopped) -> None:
    payload = {
        "event_id": str(event.event_id),
        "controller_id": event.controller_id,
        "session_count": event.session_count,
    }
    await jobs.enqueue(tx, CONTROLLER_STOPPED, str(event.event_id), payload)


CONSUMERS = (
    Consumer(LICENSE_ISSUED, LicenseIssued, _license_issued),
    Consumer(CASE_CLOSED, CaseClosed, _case_closed),
    Consumer(CONTROLLER_STOPPED, ControllerStopped, _controller_stopped),
)

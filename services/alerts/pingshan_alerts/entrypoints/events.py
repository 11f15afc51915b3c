"""Consumes siblings' events. What lies outside this service or needs a sibling becomes a job."""

from pingshan_events.e_license import LicenseChanged, LicenseIssued, LicenseRevoked
from pingshan_events.identity import DutyFilled, RecordSealed
from pingshan_events.wifi_portal import ControllerStopped
from pingshan_events.workflow import CaseClosed
from pingshan_kit import jobs, record_heads
from pingshan_kit.events.bus import Consumer
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.usecases.delivery.notify_license_changed import CHANGES
from pingshan_alerts.usecases.job_kinds import (
    NOTIFY_CASE_CLOSED,
    NOTIFY_LICENSE_CHANGED,
    NOTIFY_LICENSE_ISSUED,
    RAISE_CONTROLLER_STOPPED,
    RAISE_DUTY_FILLED,
    ChangedLicense,
    ClosedCase,
    FilledDuty,
    IssuedLicense,
    StoppedController,
)


async def _license_issued(tx: AsyncConnection, event: LicenseIssued) -> None:
    payload = IssuedLicense(
        event_id=event.event_id,
        license_id=event.license_id,
        identifier=event.identifier,
        type_name_zh=event.type_name_zh,
        type_name_en=event.type_name_en,
    )
    await jobs.enqueue(tx, NOTIFY_LICENSE_ISSUED, event.license_id, payload)


async def _license_changed(tx: AsyncConnection, event: LicenseChanged) -> None:
    if event.act in CHANGES:
        await _tell_of_change(tx, event, event.act)


async def _license_revoked(tx: AsyncConnection, event: LicenseRevoked) -> None:
    await _tell_of_change(tx, event, "revoked")


async def _tell_of_change(tx: AsyncConnection, event: LicenseChanged | LicenseRevoked, act: str) -> None:
    payload = ChangedLicense(
        event_id=event.event_id,
        license_id=event.license_id,
        identifier=event.identifier,
        type_name_zh=event.type_name_zh,
        type_name_en=event.type_name_en,
        act=act,
    )
    await jobs.enqueue(tx, NOTIFY_LICENSE_CHANGED, str(event.event_id), payload)


async def _case_closed(tx: AsyncConnection, event: CaseClosed) -> None:
    payload = ClosedCase(event_id=event.event_id, case_id=event.case_id, outcome=event.outcome)
    await jobs.enqueue(tx, NOTIFY_CASE_CLOSED, event.case_id, payload)


async def _controller_stopped(tx: AsyncConnection, event: ControllerStopped) -> None:
    payload = StoppedController(
        event_id=event.event_id, controller_id=event.controller_id, session_count=event.session_count
    )
    await jobs.enqueue(tx, RAISE_CONTROLLER_STOPPED, str(event.event_id), payload)


async def _duty_filled(tx: AsyncConnection, event: DutyFilled) -> None:
    payload = FilledDuty(
        event_id=event.event_id, duty=event.duty, person_id=event.person_id, organisations=event.organisations
    )
    await jobs.enqueue(tx, RAISE_DUTY_FILLED, str(event.event_id), payload)


CONSUMERS = (
    Consumer("raise-duty-filled", DutyFilled, _duty_filled),
    Consumer("notify-license-issued", LicenseIssued, _license_issued),
    Consumer("notify-license-changed", LicenseChanged, _license_changed),
    Consumer("notify-license-revoked", LicenseRevoked, _license_revoked),
    Consumer("notify-case-closed", CaseClosed, _case_closed),
    Consumer("raise-controller-stopped", ControllerStopped, _controller_stopped),
    Consumer("keep-identity-head", RecordSealed, record_heads.keep),
)

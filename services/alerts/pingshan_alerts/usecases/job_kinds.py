"""Declares each job of this service: its payload, how many run at a time, which goes first."""

from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel


class AlertToDispatch(BaseModel):
    alert_id: str


class GroupToEscalate(BaseModel):
    alert_id: str
    who: str
    """The group that should have acknowledged in time."""


class DeliveryToMake(BaseModel):
    delivery_id: UUID


class NotificationToSend(BaseModel):
    notification_id: UUID


class IssuedLicense(BaseModel):
    """Holds the event's fields of the same names; older jobs lack those that have a default."""

    event_id: UUID
    license_id: str
    identifier: str = ""
    type_name_zh: str = ""
    type_name_en: str = ""


class ChangedLicense(BaseModel):
    """Holds the event's fields of the same names; `act` is `revoked` where the event is the revocation's."""

    event_id: UUID
    license_id: str
    identifier: str
    type_name_zh: str
    type_name_en: str
    act: str


class ClosedCase(BaseModel):
    event_id: UUID
    case_id: str
    outcome: str


class StoppedController(BaseModel):
    event_id: UUID
    controller_id: str
    session_count: int


class FilledDuty(BaseModel):
    event_id: UUID
    duty: str
    person_id: str
    organisations: list[str]


_URGENT, _SOON, _LATER = 20, 10, 0

TRANSMIT_NOTIFICATION = JobKind("send-notification", NotificationToSend, concurrency=12, priority=_URGENT)
"""Runs `transmit_notification`: one SMS to one person, also the codes for which somebody waits at a sign-in page."""
DISPATCH_ALERT = JobKind("dispatch-alert", AlertToDispatch, priority=_URGENT)
DELIVER_SMS = JobKind("deliver-sms", DeliveryToMake, priority=_URGENT)
ESCALATE_ALERT = JobKind("escalate-alert", GroupToEscalate, priority=_URGENT)
RAISE_DUTY_FILLED = JobKind("raise-duty-filled", FilledDuty, priority=_URGENT)
RAISE_CONTROLLER_STOPPED = JobKind("raise-controller-stopped", StoppedController, priority=_SOON)
DELIVER_WEBHOOK = JobKind("deliver-webhook", DeliveryToMake, concurrency=16, attempts=12, priority=_SOON)
"""Posts to receivers that are not ours: each may take its full time-out at every attempt."""
NOTIFY_LICENSE_ISSUED = JobKind("notify-license-issued", IssuedLicense, priority=_LATER)
NOTIFY_LICENSE_CHANGED = JobKind("notify-license-changed", ChangedLicense, priority=_LATER)
NOTIFY_CASE_CLOSED = JobKind("notify-case-closed", ClosedCase, priority=_LATER)

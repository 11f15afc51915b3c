"""The jobs of this service, each declared once: what it carries, how many run at a time, what goes first."""

from datetime import date
from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel


class SessionToTell(BaseModel):
    """A live session of whose fate or policy its controller is to hear."""

    session_id: UUID


class UsedQuota(BaseModel):
    visitor_id: UUID
    day: date
    """In Shanghai."""
    rate_kbps: int
    """Kilobits per second for the rest of the day."""


_URGENT, _SOON, _LATER = 20, 10, 0

DISCONNECT = JobKind("disconnect", SessionToTell, concurrency=8, priority=_URGENT)
CHANGE_AUTHORISATION = JobKind("change-authorisation", SessionToTell, concurrency=16, priority=_SOON)
NOTIFY_QUOTA_USED = JobKind("tell-quota-used", UsedQuota, priority=_LATER)

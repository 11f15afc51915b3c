"""Declares each job of this service: its payload, how many run at a time, which goes first."""

from datetime import date
from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel


class SessionToTell(BaseModel):
    """Names a live session that its controller should end, or whose policy it should enforce."""

    session_id: UUID


class UsedQuota(BaseModel):
    visitor_id: UUID
    day: date
    """Day in Shanghai."""
    rate_kbps: int
    """Rate for the rest of the day, in kbit/s."""


_URGENT, _SOON, _LATER = 20, 10, 0

DISCONNECT = JobKind("disconnect", SessionToTell, concurrency=8, priority=_URGENT)
CHANGE_AUTHORISATION = JobKind("change-authorisation", SessionToTell, concurrency=16, priority=_SOON)
NOTIFY_QUOTA_USED = JobKind("tell-quota-used", UsedQuota, priority=_LATER)
"""Runs `notify_quota_used`; queued rows keep the kind's older name."""

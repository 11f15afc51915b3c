"""Events of wifi-portal."""

from typing import ClassVar

from pydantic import Field

from pingshan_events.base import Event, RecordHead


class SessionStarted(Event):
    """A device got online (accounting start)."""

    subject: ClassVar[str] = "wifi-portal.session.started.v1"

    session_id: str
    hotspot_id: str


class SessionEnded(Event):
    """A device went offline (accounting stop, or its controller stopped)."""

    subject: ClassVar[str] = "wifi-portal.session.ended.v1"

    session_id: str
    hotspot_id: str
    input_octets: int = Field(ge=0)
    output_octets: int = Field(ge=0)


class QuotaExhausted(Event):
    """A person's quota of the day is used up; the session is slowed down, not cut off."""

    subject: ClassVar[str] = "wifi-portal.quota.exhausted.v1"

    session_id: str
    hotspot_id: str
    rate_kbps: int = Field(ge=1, description="the rate that now applies, kbit/s")


class ControllerStopped(Event):
    """An access controller announced that it stops (Accounting-Off, RFC 2866 section 5.1)."""

    subject: ClassVar[str] = "wifi-portal.controller.stopped.v1"

    controller_id: str
    hotspot_count: int = Field(ge=0)
    session_count: int = Field(ge=0, description="sessions that were open and are now closed")


class RecordSealed(RecordHead, Event):
    """The service's record of acts was sealed up to a position, which another service keeps."""

    subject: ClassVar[str] = "wifi-portal.record.sealed.v1"

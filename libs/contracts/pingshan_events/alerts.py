"""Events of alerts."""

from typing import ClassVar, Literal

from pydantic import Field

from pingshan_events.base import Event, RecordHead


class AlertRaised(Event):
    """An alert was raised and its recipients determined."""

    subject: ClassVar[str] = "alerts.alert.raised.v1"

    alert_id: str
    kind: str
    level: Literal["red", "orange", "yellow", "blue"]
    street: str = Field(default="", description="organisation code of the street; empty where no place is known")
    organisations: list[str] = Field(description="codes of the organisations that are told")


class AlertAcknowledged(Event):
    """An organisation acknowledged an alert."""

    subject: ClassVar[str] = "alerts.alert.acknowledged.v1"

    alert_id: str
    organisation: str = Field(description="on whose behalf it was acknowledged")


class RecordSealed(RecordHead, Event):
    """The service's record of acts was sealed up to a position, which another service keeps."""

    subject: ClassVar[str] = "alerts.record.sealed.v1"

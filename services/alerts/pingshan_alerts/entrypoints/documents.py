"""Documents that REST takes and gives."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pingshan_values.level import Level
from pydantic import BaseModel, ConfigDict, Field

from pingshan_alerts.domain.alert import MAX_LABELS, MAX_TITLE, Alert, AlertState, Delivery, DeliveryState
from pingshan_alerts.domain.routing import Channel


class PositionDocument(BaseModel):
    """Gives a position in WGS-84 degrees."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class AlertBody(BaseModel):
    """Describes an alert as its sender gives it."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")
    title_zh: str = Field(min_length=1, max_length=MAX_TITLE)
    title_en: str = Field(default="", max_length=MAX_TITLE)
    level: Level
    owners: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=30)
    street: str = Field(default="", max_length=40, description="follows from the position where there is one")
    position: PositionDocument | None = None
    labels: dict[str, str] = Field(
        min_length=1,
        max_length=MAX_LABELS,
        description="with kind, owners and street they say which thing it is: one live alert each",
    )


class AcknowledgeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=500)


class Accepted(BaseModel):
    alert_id: str


class DeliveryDocument(BaseModel):
    organisation: str
    post: str
    channel: Channel
    state: DeliveryState
    failure_code: str
    updated_at: datetime


class AlertDocument(BaseModel):
    alert_id: str
    kind: str
    source: str
    title_zh: str
    title_en: str
    level: Level
    state: AlertState
    owners: list[str]
    street: str
    position: PositionDocument | None
    labels: dict[str, str]
    report_count: int
    raised_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    deliveries: list[DeliveryDocument]

    @classmethod
    def of(cls, alert: Alert, deliveries: list[Delivery]) -> Self:
        position = alert.position
        return cls(
            alert_id=alert.alert_id,
            kind=alert.kind,
            source=alert.source,
            title_zh=alert.title_zh,
            title_en=alert.title_en,
            level=alert.level,
            state=alert.state,
            owners=list(alert.owners),
            street=alert.street,
            position=PositionDocument(lon=position.lon, lat=position.lat) if position else None,
            labels=dict(alert.labels),
            report_count=alert.report_count,
            raised_at=alert.raised_at,
            acknowledged_at=alert.acknowledged_at,
            resolved_at=alert.resolved_at,
            deliveries=[_delivery(delivery) for delivery in deliveries],
        )


class AlertList(BaseModel):
    alerts: list[AlertDocument]
    next_page_token: str = Field(description="empty on the last page")


class Receipt(BaseModel):
    """Says what became of an SMS, according to the carrier."""

    message_id: str = Field(max_length=100)
    reference: UUID = Field(description="the notification's id, as it was sent along")
    state: Literal["delivered", "failed"]
    code: str = Field(default="", max_length=64)


def _delivery(delivery: Delivery) -> DeliveryDocument:
    return DeliveryDocument(
        organisation=delivery.organisation,
        post=delivery.post,
        channel=delivery.channel,
        state=delivery.state,
        failure_code=delivery.failure_code,
        updated_at=delivery.updated_at,
    )

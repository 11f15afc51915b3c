"""The fields that every event carries."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Event(BaseModel):
    """States a fact that a service publishes, by ids and facts, never by personal data.

    Fields are only added; a break is a new subject with the next version, published beside the old one.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    subject: ClassVar[str]
    """NATS subject, `<service>.<entity>.<past>.v<N>`."""

    event_id: UUID = Field(description="UUIDv7; also the Nats-Msg-Id")
    aggregate_id: str = Field(min_length=1, max_length=200, description="id of the entity that changed")
    aggregate_version: int = Field(ge=1, description="counts the changes of that entity; an older one is ignored")
    correlation_id: str = Field(min_length=1, max_length=200, description="business id that joins acts over days")
    occurred_at: AwareDatetime = Field(description="UTC")
    traceparent: str = Field(default="", max_length=55, description="W3C Trace Context; empty where nothing was traced")

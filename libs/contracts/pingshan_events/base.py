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

    event_id: UUID = Field(description="UUIDv7; the Nats-Msg-Id begins with it")
    aggregate_id: str = Field(min_length=1, max_length=200, description="id of the entity that changed")
    aggregate_version: int = Field(ge=1, description="counts the changes of that entity; an older one is ignored")
    correlation_id: str = Field(min_length=1, max_length=200, description="business id that joins acts over days")
    occurred_at: AwareDatetime = Field(description="UTC")
    traceparent: str = Field(default="", max_length=55, description="W3C Trace Context; empty where nothing was traced")


class RecordHead(BaseModel):
    """States where a service's chain of records ended at a moment: nothing up to there may be missing later."""

    position: int = Field(ge=1, description="number of the newest seal")
    hash: str = Field(pattern="^[0-9a-f]{64}$", description="of that seal, in hexadecimal digits")
    sealed_at: AwareDatetime = Field(description="UTC; when that seal was made")
    proof: str = Field(max_length=400, description="signature of the head by an event key, with its id")

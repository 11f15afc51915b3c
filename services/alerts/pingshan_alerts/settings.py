"""Settings of alerts."""

from typing import Annotated, ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings; own secrets: `sms_carrier_key` (bearer key) and `sms_receipt_key` (signs receipts)."""

    service: ClassVar[str] = "alerts"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_ALERTS_")

    sms_carrier_url: str = Field(
        pattern=r"^https?://[^/]+(/[^?#]*[^/?#])?$", description="the carrier's base address, without a slash"
    )
    webhook_trusted: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(), description="host:port, by commas: may be private and without TLS; else https and public"
    )
    acknowledge_minute: float = Field(
        default=60.0, gt=0, le=60, description="seconds in a minute of level_audience.json; a drill shortens it"
    )

    @field_validator("webhook_trusted", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return frozenset(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

"""Settings of alerts."""

from datetime import timedelta
from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings; own secrets: `sms_carrier_key` (bearer key) and `sms_receipt_key` (signs receipts)."""

    service: ClassVar[str] = "alerts"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_ALERTS_")

    sms_carrier_url: str = Field(
        pattern=r"^https?://[^/]+(/[^?#]*[^/?#])?$", description="the carrier's base address, without a slash"
    )
    acknowledge_minute: float = Field(
        default=60.0, gt=0, le=60, description="seconds in a minute of level_audience.json; a drill shortens it"
    )

    @property
    def minute(self) -> timedelta:
        """Returns how long a minute of level_audience.json lasts: 60 seconds, less in a drill."""
        return timedelta(seconds=self.acknowledge_minute)

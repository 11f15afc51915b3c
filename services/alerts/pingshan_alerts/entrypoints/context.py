"""What every entry point hands to the use cases: made once per process."""

from dataclasses import dataclass
from datetime import timedelta

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.settings import Settings


@dataclass(frozen=True)
class Context:
    settings: Settings
    database: Database
    data: PersonalData
    reference: Reference

    @property
    def minute(self) -> timedelta:
        """A minute of level_audience.json."""
        return timedelta(seconds=self.settings.acknowledge_minute)

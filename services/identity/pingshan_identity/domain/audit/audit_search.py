"""What an auditor looks for in the record."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditSearch:
    person: str = ""
    """Person id or login name: as the one who acted, or the one it was about."""
    act: str = ""
    refused_only: bool = False
    """Refusals and throttled attempts."""
    system: str = ""
    """Client id."""
    trace: str = ""
    """The help code of an error page, or its beginning."""
    since: datetime | None = None
    until: datetime | None = None

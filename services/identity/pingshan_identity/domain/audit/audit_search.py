"""The filter of an auditor's search of the record."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditSearch:
    person: str = ""
    """Id or login name of a person who acted, or whom the act was about."""
    act: str = ""
    refused_only: bool = False
    """Whether only refusals and throttled attempts are found."""
    system: str = ""
    """Client id; empty for any."""
    trace: str = ""
    """Help code of an error page, or its first characters; empty for any."""
    since: datetime | None = None
    until: datetime | None = None

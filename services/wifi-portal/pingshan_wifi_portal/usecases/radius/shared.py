"""Holds an Accounting-Request as it is applied."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_wifi_portal.domain.session import AccountingOnOff, AccountingRequest


@dataclass(frozen=True, slots=True)
class HeardAccounting:
    request: AccountingRequest | AccountingOnOff
    heard_at: datetime
    traceparent: str
    """Of the act that heard it, to which its events belong."""

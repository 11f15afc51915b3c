"""Single sign-on sessions: one browser, one person, one `sid` for every system opened with it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pingshan_identity.domain.realm import Realm

ABSOLUTE_LIFE = timedelta(hours=12)
"""No longer than the revocation stream remembers (`max_age` of IDENTITY_REVOCATION in edges.yaml)."""
IDLE_LIFE = timedelta(hours=4)
"""Without a visit to identity the person signs in again; pages already open elsewhere go on."""


class EndReason(StrEnum):
    SIGNED_OUT = "signed-out"
    EXPIRED = "expired"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"
    MOVED = "moved"
    """Posts of the person ended."""
    LEFT = "left"
    """The person has left."""


@dataclass(frozen=True, slots=True)
class Session:
    session_id: str
    realm: Realm
    person_id: str
    acr: int
    amr: tuple[str, ...]
    """Authentication methods (RFC 8176), for example `pwd`."""
    auth_time: datetime
    started_at: datetime
    seen_at: datetime
    device: str
    network: str = field(repr=False)
    version: int
    ended_at: datetime | None

    @property
    def ends_at(self) -> datetime:
        return self.started_at + ABSOLUTE_LIFE

    def is_alive(self, now: datetime) -> bool:
        """Whether its tokens and page sessions still count."""
        return self.ended_at is None and now < self.ends_at

    def is_usable(self, now: datetime) -> bool:
        """Whether it can open another system without a new sign-in."""
        return self.is_alive(now) and now < self.seen_at + IDLE_LIFE

"""A sign-in under way: what was proven so far, what it must reach, and where it leads."""

from dataclasses import dataclass, field
from datetime import timedelta

from pingshan_identity.domain.realm import Realm

LIFE = timedelta(minutes=15)
"""From the first page; afterwards the page starts again by itself."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    attempt_hash: bytes = field(repr=False)
    realm: Realm
    person_id: str | None
    """None until the first proof."""
    level: int
    """Assurance level to reach."""
    acr: int
    """Reached so far."""
    amr: tuple[str, ...]
    session_id: str | None
    """The session that a step-up raises; None for a sign-in from nothing."""
    continuation: str
    challenge: bytes | None = field(repr=False)
    """WebAuthn challenge that was shown last."""
    sms_challenge_id: str | None

    @property
    def is_enough(self) -> bool:
        return self.person_id is not None and self.acr >= self.level

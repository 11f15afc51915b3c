"""Single sign-on sessions: one browser, one person, one `sid` for every system that is opened."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.errors import SessionNotFound, SignInAttemptExpired, SignInTooOld
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import SECOND_ONLY, joined, level_of
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt

ABSOLUTE_LIFE = timedelta(hours=12)
"""Longest life of a session, no longer than the revocation stream remembers (`max_age` of IDENTITY_REVOCATION)."""
IDLE_LIFE = timedelta(hours=4)
"""Longest time without a visit to identity before a new sign-in is needed; pages open at other systems go on."""
RECENT = timedelta(minutes=5)
"""Longest time since the sign-in within which a person may change factors and password."""
NOTED_EVERY = timedelta(minutes=1)
"""Visits within that time count as one, so that a page with ten requests is one write."""


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
    credential_id: bytes | None = field(default=None, repr=False)
    """The passkey that the session stands on; None for none."""

    @property
    def ends_at(self) -> datetime:
        return self.started_at + ABSOLUTE_LIFE

    def is_alive(self, now: datetime) -> bool:
        """Returns whether tokens and page sessions of the session still count: it was not ended and is younger than 12
        h.
        """
        return self.ended_at is None and now < self.ends_at

    def is_usable(self, now: datetime) -> bool:
        """Returns whether the session can open another system without a new sign-in: alive, and visited within 4 h."""
        return self.is_alive(now) and now < self.seen_at + IDLE_LIFE

    def is_usable_in(self, realm: Realm, now: datetime) -> bool:
        """Returns whether the session can open another system of that realm without a new sign-in."""
        return self.realm is realm and self.is_usable(now)

    def reaches(self, level: int) -> bool:
        """Returns whether the session has at least that assurance level."""
        return self.acr >= level

    def is_recent(self, now: datetime) -> bool:
        """Returns whether the sign-in is at most five minutes old."""
        return now - self.auth_time <= RECENT

    def require_recent(self, now: datetime) -> None:
        """Raises SignInTooOld where the sign-in is more than five minutes old."""
        if not self.is_recent(now):
            raise SignInTooOld

    def is_visit_to_note(self, now: datetime) -> bool:
        """Returns whether a visit now is written down: more than a minute after the last one that was."""
        return now - self.seen_at > NOTED_EVERY

    def may_be_ended_by(self, actor: Actor) -> bool:
        """Returns whether the actor may end the session: a person only their own, any other actor any."""
        return actor.kind is not ActorKind.PERSON or actor.person_id == self.person_id

    def raised_by(self, attempt: SignInAttempt, now: datetime) -> "Session":
        """Returns the session with what one more sign-in of the same person has presented, and nothing from before.

        A step-up by a code adds to the older proof, and so leaves `auth_time` as it was: level, methods and time say
        together what happened (OpenID Connect Core section 2).
        """
        adds_to_it = attempt.session_id is not None and frozenset(attempt.amr) <= SECOND_ONLY
        amr = joined(self.amr, attempt.amr) if adds_to_it else attempt.amr
        return replace(
            self,
            amr=amr,
            acr=level_of(amr),
            auth_time=self.auth_time if adds_to_it else now,
            seen_at=now,
            credential_id=self.credential_id if adds_to_it else attempt.credential_id,
        )


def require_to_raise(session: Session | None, session_id: str, person_id: str, now: datetime) -> Session:
    """Returns the session that a step-up was begun for, where this browser still holds it.

    Raises SignInAttemptExpired for None, another session or person, and one that has ended.
    """
    if session is None or (session.session_id, session.person_id) != (session_id, person_id):
        raise SignInAttemptExpired
    if not session.is_alive(now):
        raise SignInAttemptExpired
    return session


def require_own(session: Session | None, actor: Actor, now: datetime) -> Session:
    """Returns the session where it is alive and the actor's; raises SessionNotFound otherwise, also for None."""
    if session is None or session.person_id != actor.person_id or not session.is_alive(now):
        raise SessionNotFound
    return session


def require_to_end(session: Session | None, actor: Actor) -> Session:
    """Returns the session where the actor may end it; raises SessionNotFound otherwise, also for None."""
    if session is None or not session.may_be_ended_by(actor):
        raise SessionNotFound
    return session


def require_not_ended(session: Session | None) -> Session:
    """Returns the session; raises SessionNotFound for None, or where it was ended."""
    if session is None or session.ended_at is not None:
        raise SessionNotFound
    return session

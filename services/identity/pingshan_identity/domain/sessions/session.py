"""Single sign-on sessions: one browser, one person, one `sid` for every system opened with it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.errors import SessionNotFound, SignInTooOld
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, joined, level_of
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt

ABSOLUTE_LIFE = timedelta(hours=12)
"""No longer than the revocation stream remembers (`max_age` of IDENTITY_REVOCATION in edges.yaml)."""
IDLE_LIFE = timedelta(hours=4)
"""Without a visit to identity the person signs in again; pages already open elsewhere go on."""
RECENT = timedelta(minutes=5)
"""How fresh a sign-in must be to change what opens the account."""
NOTED_EVERY = timedelta(minutes=1)
"""Visits within it count as one: a page with ten requests is one write."""
_SECOND_ONLY = frozenset({Method.OTP, Method.SMS})


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

    def is_usable_in(self, realm: Realm, now: datetime) -> bool:
        """Whether it can open another system of that realm without a new sign-in."""
        return self.realm is realm and self.is_usable(now)

    def reaches(self, level: int) -> bool:
        """Whether it was signed in to as surely as the assurance level asks."""
        return self.acr >= level

    def is_recent(self, now: datetime) -> bool:
        """Whether the sign-in is fresh enough to change the ways into the account."""
        return now - self.auth_time <= RECENT

    def require_recent(self, now: datetime) -> None:
        """Raise SignInTooOld five minutes after the sign-in."""
        if not self.is_recent(now):
            raise SignInTooOld

    def is_visit_to_note(self, now: datetime) -> bool:
        """Whether a visit at this moment is noted: once a minute."""
        return now - self.seen_at > NOTED_EVERY

    def may_be_ended_by(self, actor: Actor) -> bool:
        """Whether the actor may end it: a person ends their own; whoever proved the `sid` otherwise is no person."""
        return actor.kind is not ActorKind.PERSON or actor.person_id == self.person_id

    def raised_by(self, attempt: SignInAttempt, now: datetime) -> "Session":
        """Return the session with what one more sign-in of the same person has proven.

        A step-up by a code does not make an old password a fresh one (`auth_time`, OpenID Connect Core section 2).
        """
        amr = joined(self.amr, attempt.amr)
        keeps_its_age = attempt.session_id is not None and frozenset(attempt.amr) - frozenset(self.amr) <= _SECOND_ONLY
        return replace(
            self,
            amr=amr,
            acr=max(self.acr, level_of(amr)),
            auth_time=self.auth_time if keeps_its_age else now,
            seen_at=now,
        )


def require_own(session: Session | None, actor: Actor, now: datetime) -> Session:
    """Return the session where it is alive and the actor's; raise SessionNotFound where nobody is signed in with it."""
    if session is None or session.person_id != actor.person_id or not session.is_alive(now):
        raise SessionNotFound
    return session


def require_to_end(session: Session | None, actor: Actor) -> Session:
    """Return the session where the actor may end it; raise SessionNotFound for another person's, or none."""
    if session is None or not session.may_be_ended_by(actor):
        raise SessionNotFound
    return session


def require_not_ended(session: Session | None) -> Session:
    """Return the session; raise SessionNotFound where there is none, or it was ended."""
    if session is None or session.ended_at is not None:
        raise SessionNotFound
    return session

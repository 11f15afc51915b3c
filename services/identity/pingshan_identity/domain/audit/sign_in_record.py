"""The record of sign-ins: which acts it names, and the entries that people read about themselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    SIGN_IN_ACCEPTED = "sign-in.accepted"
    SIGN_IN_RAISED = "sign-in.raised"
    PERSON_JOINED = "person.joined"
    PERSON_MOVED = "person.moved"
    PERSON_LEFT = "person.left"
    PERSON_REVEALED = "person.revealed"
    PEOPLE_EXPORTED = "people.exported"
    PEOPLE_IMPORTED = "people.imported"
    LEAVING_PLANNED = "leaving.planned"
    LEAVING_CANCELLED = "leaving.cancelled"
    MOVE_CANCELLED = "move.cancelled"
    PASSWORD_RESET = "password.reset"  # noqa: S105 - an act
    FACTORS_RESET = "factors.reset"
    DEPUTY_APPOINTED = "deputy.appointed"
    DEPUTY_ENDED = "deputy.ended"
    SECTION_CHANGED = "section.changed"
    GLASS_BROKEN = "glass.broken"
    CHANGE_PROPOSED = "change.proposed"
    CHANGE_DECIDED = "change.decided"
    SECRET_SHOWN = "secret.shown"  # noqa: S105 - an act
    RECORDS_EXPORTED = "records.exported"
    RECORDS_VERIFIED = "records.verified"
    FACTOR_ADDED = "factor.added"
    FACTOR_REMOVED = "factor.removed"
    REAL_NAME_PROVEN = "real-name.proven"
    TELEPHONE_RELEASED = "telephone.released"
    """Somebody else proved to have the number, and began an account of their own with it."""
    AGENT_APPOINTED = "agent.appointed"
    AGENT_ENDED = "agent.ended"
    RECOVERY_CODES_MADE = "recovery-codes.made"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - an act
    SIGN_IN_REFUSED = "sign-in.refused"
    SIGN_IN_THROTTLED = "sign-in.throttled"
    THROTTLE_LIFTED = "throttle.lifted"
    GRANT_ISSUED = "grant.issued"
    GRANT_REFUSED = "grant.refused"
    GRANT_ENDED = "grant.ended"
    CLIENT_GRANT_ISSUED = "client-grant.issued"
    TOKEN_EXCHANGED = "token.exchanged"  # noqa: S105 - an act
    CONSENT_GIVEN = "consent.given"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    REGISTRATION_OPENED = "registration.opened"
    REGISTRATION_CLOSED = "registration.closed"
    """An initial access token was withdrawn."""
    CLIENT_REGISTERED = "client.registered"
    CLIENT_CHANGED = "client.changed"
    CLIENT_REMOVED = "client.removed"
    CLIENT_TESTED = "client.tested"
    KEY_MADE = "key.made"
    KEY_FORGOTTEN = "key.forgotten"
    KEY_WITHDRAWN = "key.withdrawn"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"
    """Sessions that an administrator ended with one act and a reason; each has its own `session.ended`, too."""
    SIGN_OUT_COMPLETED = "sign-out.completed"


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    act: str
    system: str | None
    """Client id of the system, where one was involved."""
    device: str | None
    reason: str | None
    session_id: str | None

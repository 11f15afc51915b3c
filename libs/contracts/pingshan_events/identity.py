"""Events of identity."""

from typing import ClassVar

from pydantic import Field

from pingshan_events.base import Event, RecordHead


class SessionEnded(Event):
    """A person's single sign-on session ended; every page session and token with this `sid` is dead."""

    subject: ClassVar[str] = "identity.session.ended.v1"

    session_id: str = Field(description="the `sid` claim")
    reason: str = Field(description="signed-out, expired, administrator or security")


class GrantEnded(Event):
    """A client's grant for a person ended before the session did; the grant's access tokens are dead."""

    subject: ClassVar[str] = "identity.grant.ended.v1"

    grant_id: str = Field(description="the `grant` claim of access tokens")
    session_id: str = Field(description="the `sid` claim")
    reason: str = Field(description="code-replayed, refresh-replayed, revoked or withdrawn")


class SigningKeyWithdrawn(Event):
    """A signing key counts no longer, at once: whatever it signed, also before, proves nothing."""

    subject: ClassVar[str] = "identity.signing-key.withdrawn.v1"

    kid: str = Field(min_length=1, max_length=200, description="the `kid` in the header of tokens that it signed")


class LogoutRequested(Event):
    """One system is to be told that a person's sign-in ended; identity's own consumer delivers it."""

    subject: ClassVar[str] = "identity.logout.requested.v1"

    sign_out_id: str
    client_id: str = Field(description="the system that is to be told")


class DutyFilled(Event):
    """A vacant duty of an administrator was filled from the server, without two administrators."""

    subject: ClassVar[str] = "identity.duty.filled.v1"

    duty: str = Field(description="system-administrator, security-administrator or auditor")
    person_id: str = Field(description="who holds it from then on")
    organisations: list[str] = Field(description="codes of the organisations of the other administrators")


class RecordSealed(RecordHead, Event):
    """The service's record of acts was sealed up to a position, which another service keeps."""

    subject: ClassVar[str] = "identity.record.sealed.v1"

"""Events of identity."""

from typing import ClassVar

from pydantic import Field

from pingshan_events.base import Event


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


class LogoutRequested(Event):
    """One system is to be told that a person's sign-in ended; identity's own consumer delivers it."""

    subject: ClassVar[str] = "identity.logout.requested.v1"

    sign_out_id: str
    client_id: str = Field(description="the system that is to be told")

"""Events of identity."""

from typing import ClassVar

from pydantic import Field

from pingshan_events.base import Event


class SessionEnded(Event):
    """A person's single sign-on session ended; every page session and token with this `sid` is dead."""

    subject: ClassVar[str] = "identity.session.ended.v1"

    session_id: str = Field(description="the `sid` claim")
    reason: str = Field(description="signed-out, expired, administrator or security")

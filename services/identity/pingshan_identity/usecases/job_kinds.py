"""The jobs of this service: what each carries, how many run at a time, and which goes first."""

from datetime import datetime
from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel

from pingshan_identity.domain.sign_out.sign_out import ATTEMPTS


class SealedCode(BaseModel):
    sealed: str
    """Number, code and language, encrypted, in hex; the challenge's id is the row that the encryption is bound to."""


class PersonToTell(BaseModel):
    person_id: UUID


class SystemToTell(BaseModel):
    sign_out_id: UUID
    client_id: str


class SystemToTry(BaseModel):
    client_id: str
    test_id: UUID | None = None
    """Test that is under way; None where the key of the job is its id, as in jobs of the last version."""


class ImportToApply(BaseModel):
    import_id: UUID
    person_id: str | None
    """Id of who ordered the import."""


class SessionsToEnd(BaseModel):
    """Names the sessions to end: those begun before the moment, of an organisation or of a system."""

    moment: datetime
    organisation: str = ""
    client_id: str = ""


_URGENT, _SOON, _LATER = 20, 10, 0

SEND_SMS_CODE = JobKind("send-sms-code", SealedCode, concurrency=8, attempts=5, priority=_URGENT)
"""Runs `deliver_sms_code`. It goes first, since a person waits at the sign-in page."""
TELL_OF_RESET = JobKind("tell-of-reset", PersonToTell, priority=_SOON)
DELIVER_LOGOUT = JobKind("deliver-logout", SystemToTell, concurrency=28, attempts=ATTEMPTS, priority=_SOON)
"""Runs 28 at a time, so that one slow system holds up the receipt and no other system."""
DELIVER_LOGOUT_TO_REGISTERED = JobKind(
    "deliver-logout-to-registered", SystemToTell, concurrency=8, attempts=ATTEMPTS, priority=_SOON
)
"""The same for systems that registered themselves: as many as somebody likes, slow or not, hold up each other alone."""
END_EVERYBODYS_SESSIONS = JobKind("end-everybodys-sessions", SessionsToEnd, concurrency=1, priority=_SOON)
TRY_SIGN_OUT = JobKind("try-sign-out", SystemToTry, priority=_SOON)
APPLY_IMPORT = JobKind("apply-import", ImportToApply, concurrency=1, priority=_LATER)
"""Runs one at a time, since each hashes a password per person who joins."""

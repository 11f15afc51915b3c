"""The jobs of this service, each declared once: what it carries, how many run at a time, what goes first."""

from datetime import datetime
from uuid import UUID

from pingshan_kit.jobs import JobKind
from pydantic import BaseModel

from pingshan_identity.domain.sign_out.sign_out import ATTEMPTS


class SealedCode(BaseModel):
    sealed: str
    """Number, code and language, encrypted and in hex: the row outlives the transaction. The key is the challenge."""


class SystemToTell(BaseModel):
    sign_out_id: UUID
    client_id: str


class SystemToTry(BaseModel):
    client_id: str


class ImportToApply(BaseModel):
    import_id: UUID
    person_id: str | None
    """Who ordered it."""


class SessionsToEnd(BaseModel):
    """Those begun before the decision, of an organisation or of a system."""

    moment: datetime
    organisation: str = ""
    client_id: str = ""


_URGENT, _SOON, _LATER = 20, 10, 0

SEND_SMS_CODE = JobKind("send-sms-code", SealedCode, concurrency=8, attempts=5, priority=_URGENT)
"""Somebody waits for it at the sign-in page."""
DELIVER_LOGOUT = JobKind("deliver-logout", SystemToTell, concurrency=32, attempts=ATTEMPTS, priority=_SOON)
"""All systems of one sign-out at once: one that is slow keeps the receipt waiting, but no other system."""
END_EVERYBODYS_SESSIONS = JobKind("end-everybodys-sessions", SessionsToEnd, concurrency=1, priority=_SOON)
TRY_SIGN_OUT = JobKind("try-sign-out", SystemToTry, priority=_SOON)
APPLY_IMPORT = JobKind("apply-import", ImportToApply, concurrency=1, priority=_LATER)
"""One at a time: each hashes a password per person who joins."""

"""Time-based one-time passwords (RFC 6238): six digits, 30 s, HMAC-SHA-1, as every authenticator app speaks it."""

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime

STEP = 30
"""Seconds of one time step."""
WINDOW = 1
"""Steps before and after the present one that still count, for clocks that differ (RFC 6238 section 5.2)."""
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Totp:
    secret: str = field(repr=False)
    """Secret in base32."""
    confirmed: bool
    last_step: int
    attempt_hash: bytes | None = field(repr=False)
    """Hash of the sign-in attempt that proposed the secret; None outside of one."""

    def is_proposed_in(self, attempt_hash: bytes) -> bool:
        """Returns whether that sign-in proposed the secret: nobody confirms one that somebody else has seen."""
        return not self.confirmed and self.attempt_hash == attempt_hash


def step_of(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def matching_step(typed: str, codes: dict[int, str]) -> int | None:
    """Returns the step whose code was typed; None where no code matches. `codes`: acceptable codes by step."""
    digits = re.sub(r"\s", "", typed)
    if not _CODE.fullmatch(digits):
        return None
    found = None
    for step, code in codes.items():
        if hmac.compare_digest(code, digits):
            found = step
    return found

"""What a new password must be: long and not known, nothing else (NIST SP 800-63B section 5.1.1.2)."""

import unicodedata

from pingshan_identity.domain.errors import BreachedPassword, PasswordTooShort
from pingshan_identity.domain.sign_in.login import MAX_PASSWORD_LENGTH

SHORTEST = 8
"""Characters."""


def normalise(password: str) -> str:
    """Return it in NFC: the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)


def check_new_password(password: str, *, is_breached: bool, sign_in_name: str) -> None:
    """Raise PasswordTooShort, or BreachedPassword for one that is known or is the person's own name."""
    if not SHORTEST <= len(password) <= MAX_PASSWORD_LENGTH:
        raise PasswordTooShort(length=SHORTEST)
    if is_breached or (sign_in_name and sign_in_name.lower() in password.lower()):
        raise BreachedPassword

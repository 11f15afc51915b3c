"""Rules for new passwords: they are long enough and in no list of stolen ones (NIST SP 800-63B section 5.1.1.2)."""

import unicodedata

from pingshan_identity.domain.errors import BreachedPassword, PasswordTooShort
from pingshan_identity.domain.sign_in.login import MAX_PASSWORD_LENGTH

SHORTEST = 8
"""Fewest characters of a password."""


def normalise(password: str) -> str:
    """Returns the password in NFC: the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)


def check_new_password(password: str, *, is_breached: bool, sign_in_name: str) -> None:
    """Raises PasswordTooShort outside 8 to 256 characters, BreachedPassword for a stolen one or one with the person's
    name.
    """
    if not SHORTEST <= len(password) <= MAX_PASSWORD_LENGTH:
        raise PasswordTooShort(length=SHORTEST)
    if is_breached or (sign_in_name and sign_in_name.lower() in password.lower()):
        raise BreachedPassword

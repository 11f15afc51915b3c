"""Enrolment codes: after a reset, one lets a person set up a new factor; a person hands it over, no screen shows it
later.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

LIFE = timedelta(hours=24)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Alphabet without characters that look alike; 12 characters carry 59 bits."""


def make() -> str:
    """Returns a new code of three groups of four characters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def hashed(typed: str) -> bytes:
    """Returns the SHA-256 of the code, in lower case and without gaps.

    The code has 59 random bits, too many to guess it from the hash.
    """
    letters = "".join(character for character in typed.lower() if character.isalnum())
    return sha256(letters.encode()).digest()

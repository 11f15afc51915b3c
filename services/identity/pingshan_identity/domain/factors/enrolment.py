"""The code that somebody needs for a new factor after a reset: it comes from a person, not from a screen."""

import secrets
from datetime import timedelta
from hashlib import sha256

LIFE = timedelta(hours=24)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike: 12 of them carry 59 bits."""


def make() -> str:
    """Return three groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def hashed(typed: str) -> bytes:
    """Return the SHA-256 of the code, whatever case and gaps it was typed with.

    The code is random enough not to be guessed from it.
    """
    letters = "".join(character for character in typed.lower() if character.isalnum())
    return sha256(letters.encode()).digest()

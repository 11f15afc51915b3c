"""Recovery codes for who lost the telephone: ten, each good once (NIST SP 800-63B section 5.1.2)."""

import re
import secrets
from hashlib import sha256

COUNT = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Alphabet of 31 characters, none of which look alike; ten of them carry 49 bits."""
_LENGTH = 10


def make() -> list[str]:
    """Returns ten new codes as people see them: two groups of five characters."""
    codes = ("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(COUNT))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def normalise(typed: str) -> str:
    """Returns the code as it is hashed: in lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", typed.lower())


def hashed(typed: str) -> bytes:
    """Returns the SHA-256 of the normalised code; 49 random bits behind a throttle need no slower hash."""
    return sha256(normalise(typed).encode()).digest()

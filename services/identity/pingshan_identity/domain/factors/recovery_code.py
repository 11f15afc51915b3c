"""Recovery codes: for whoever lost the telephone. Ten, each good once (NIST SP 800-63B section 5.1.2)."""

import re
import secrets
from hashlib import sha256

COUNT = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike: 31 of them, so ten carry 49 bits."""
_LENGTH = 10


def make() -> list[str]:
    """Return ten codes as they are shown: two groups of five."""
    codes = ("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(COUNT))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def normalise(typed: str) -> str:
    """Return it as it is hashed: whatever people put between the groups does not matter."""
    return re.sub(r"[^a-z0-9]", "", typed.lower())


def hashed(typed: str) -> bytes:
    """Return the SHA-256 of a code: 49 random bits behind a throttle need no more, and every code takes as long."""
    return sha256(normalise(typed).encode()).digest()

"""The value of the session cookie: random for the browser, a hash for the store."""

import secrets
from hashlib import sha256


def new_value() -> str:
    """Return 256 random bits, base64url."""
    return secrets.token_urlsafe(32)


def hash_of(value: str) -> bytes:
    return sha256(value.encode()).digest()

"""The value of a session cookie: the browser has a random one, the store its hash."""

import secrets
from hashlib import sha256


def new_value() -> str:
    """Returns 256 random bits in base64url."""
    return secrets.token_urlsafe(32)


def hash_of(value: str) -> bytes:
    return sha256(value.encode()).digest()

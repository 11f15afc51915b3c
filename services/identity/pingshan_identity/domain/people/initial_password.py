"""First passwords, which an administrator hands over."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Alphabet without characters that look alike; 16 characters carry 79 bits."""


def initial_password() -> str:
    """Returns a new password of four groups of four characters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))

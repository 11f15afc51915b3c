"""The first password of somebody, as an administrator hands it over."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike: 16 of them carry 79 bits."""


def initial_password() -> str:
    """Return four groups of four characters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))

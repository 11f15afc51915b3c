"""Scopes that a client may be registered for and ask for; `domain/oauth/claims.py` has the claims of each."""

from collections.abc import Collection

SCOPES = ("openid", "profile", "phone", "offline_access")


def granted(asked: Collection[str], registered: Collection[str]) -> str:
    """Returns the scopes that were asked for and are registered, as one text; ignores unknown ones (Core 3.1.2.1)."""
    return " ".join(scope for scope in SCOPES if scope in asked and scope in registered)

"""Tokens that a client gets for itself (RFC 6749 section 4.4)."""

from pingshan_identity.domain.oauth_error import OAuthError


def check_own_scope(asked: str | None) -> None:
    """Raises OAuthError `invalid_scope` where a client asks for scopes of its own (RFC 6749 section 3.3).

    There are none: scopes say what of a person may be read, and what a machine may do are its roles at the audience.
    """
    if asked is not None:
        raise OAuthError("invalid_scope", "a client has no scopes of its own: its roles at the audience count")

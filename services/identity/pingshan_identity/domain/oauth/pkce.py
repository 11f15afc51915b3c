"""Proof Key for Code Exchange (RFC 7636), S256 only."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from pingshan_identity.domain.oauth_error import OAuthError

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None, method: str | None, *, required: bool = True) -> str | None:
    """Returns the challenge of an authorization request (RFC 7636 section 4.3); None where it was left out and may be.

    `plain` is refused (RFC 9700 section 2.1.1).

    Raises:
        OAuthError: `invalid_request`.
    """
    if challenge is None:
        if required or method is not None:
            raise OAuthError("invalid_request", "code_challenge is required (RFC 7636)")
        return None
    if method != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge must be 43 characters of base64url")
    return challenge


def challenge_of(verifier: str | None, *, required: bool = True) -> str | None:
    """Returns the S256 challenge of a verifier (RFC 7636 section 4.6); None where there is none and none is required.

    Raises:
        OAuthError: `invalid_grant`, the verifier is missing or malformed.
    """
    if verifier is None and not required:
        return None
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_grant", "code_verifier is missing or malformed")
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")

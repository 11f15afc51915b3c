"""Client assertions (RFC 7523 section 3, OpenID Connect Core section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from pingshan_values.text import is_storable

from pingshan_identity.domain.clients.client import Client, ClientProfile
from pingshan_identity.domain.oauth_error import OAuthError

LONGEST_LIFE = 3600
"""Most seconds from now to `exp`, as in Authlib; the `jti` is remembered for that long."""
CLOCK_SKEW = 30
"""Seconds by which two clocks may differ."""


@dataclass(frozen=True, slots=True)
class CheckedAssertion:
    jti: str
    expires_at: int
    """Seconds since 1970-01-01 UTC."""


def check_assertion(
    claims: Mapping[str, Any], client: Client, issuer: str, endpoints: frozenset[str], now: datetime
) -> CheckedAssertion:
    """Returns the `jti` and expiry of an assertion whose signature was verified.

    `endpoints`: addresses of ours that an assertion may name instead of the issuer, as OpenID Connect Core section 9
    had it; of the profile `fapi2` it names the issuer, and that as a string (FAPI 2.0 Security Profile section
    5.3.3.1), so that nobody who was sent one can use it at another place.

    Raises:
        OAuthError: `invalid_client`, a claim is missing or wrong (RFC 7523 section 3).
    """
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise OAuthError("invalid_client", "iss and sub of the assertion must be the client_id")
    _check_audience(claims.get("aud"), client, issuer, endpoints)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 200 or not is_storable(jti):
        raise OAuthError("invalid_client", "jti of the assertion must be a text of 8 to 200 characters")
    return CheckedAssertion(jti, _expiry(claims, now.timestamp()))


def _check_audience(audience: Any, client: Client, issuer: str, endpoints: frozenset[str]) -> None:
    if client.profile is ClientProfile.FAPI2:
        if audience != issuer:
            raise OAuthError("invalid_client", "aud of the assertion must be our issuer, as a string")
        return
    named = audience if isinstance(audience, list) else [audience]
    if len(named) != 1 or not isinstance(named[0], str) or named[0] not in {issuer, *endpoints}:
        raise OAuthError("invalid_client", "aud of the assertion must be our issuer or token endpoint, alone")


def _expiry(claims: Mapping[str, Any], now: float) -> int:
    expires, not_before, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
    if not _is_time(expires) or expires <= now:
        raise OAuthError("invalid_client", "the assertion has expired, or has no exp")
    if expires > now + LONGEST_LIFE + CLOCK_SKEW:
        raise OAuthError("invalid_client", f"the assertion may live {LONGEST_LIFE} s at most")
    for moment in (not_before, issued):
        if moment is not None and (not _is_time(moment) or moment > now + CLOCK_SKEW):
            raise OAuthError("invalid_client", "the assertion is from the future")
    return int(expires)


def _is_time(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

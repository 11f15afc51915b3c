"""Assurance levels that requests ask for (OpenID Connect Core sections 3.1.2.1 and 5.5.1.1)."""

from collections.abc import Sequence

from pingshan_identity.domain.oauth.claims_request import ClaimsRequest
from pingshan_identity.domain.oauth_error import OAuthError

ACR_VALUES = ("1", "2", "3")


def asked_level(acr_values: str | None, claims: ClaimsRequest) -> tuple[int | None, bool]:
    """Returns the lowest level asked for, None where none is, and whether the client refuses a lower one.

    Raises:
        OAuthError: `unmet_authentication_requirements`, none of the essential values is a level of ours.
    """
    if claims.acr_essential and claims.acr_values:
        level = _lowest(claims.acr_values)
        if level is None:
            raise OAuthError("unmet_authentication_requirements", "acr must be 1, 2 or 3")
        return level, True
    return _lowest([*claims.acr_values, *(acr_values or "").split()]), False


def _lowest(values: Sequence[str]) -> int | None:
    return min((int(value) for value in values if value in ACR_VALUES), default=None)

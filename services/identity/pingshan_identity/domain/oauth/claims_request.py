"""The `claims` parameter (OpenID Connect Core section 5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_values import strict_json

from pingshan_identity.domain.oauth_error import OAuthError

_PLACES = ("userinfo", "id_token")


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """Lists the claims that a request asks for one by one; unknown names stay in and lead to nothing."""

    userinfo: frozenset[str] = frozenset()
    id_token: frozenset[str] = frozenset()
    acr_values: tuple[str, ...] = ()
    """Values of `acr` that the ID token should have."""
    acr_essential: bool = False
    subject: str | None = None
    """Id of the only person whom the client accepts (`sub` with a value); None for anybody."""

    def within(self, readable: frozenset[str]) -> dict[str, list[str]] | None:
        """Returns the claims of a grant, by place: those that the client may read. None where none is left."""
        kept = {"userinfo": sorted(self.userinfo & readable), "id_token": sorted(self.id_token & readable)}
        return kept if any(kept.values()) else None


def read_claims_request(text: str | None) -> ClaimsRequest:
    """Returns the parsed parameter, empty for None; unknown members are ignored (section 5.5).

    Raises:
        OAuthError: `invalid_request`, it is not JSON of the right form.
    """
    if text is None:
        return ClaimsRequest()
    try:
        document = strict_json.loads(text)
    except ValueError as error:
        raise OAuthError("invalid_request", "claims is not JSON") from error
    if not isinstance(document, dict):
        raise OAuthError("invalid_request", "claims must be a JSON object")
    userinfo, id_token = (_place(document, place) for place in _PLACES)
    acr = id_token.get("acr") or {}
    sub = (id_token.get("sub") or {}).get("value") or (userinfo.get("sub") or {}).get("value")
    return ClaimsRequest(
        userinfo=frozenset(userinfo),
        id_token=frozenset(id_token),
        acr_values=_values(acr),
        acr_essential=acr.get("essential") is True,
        subject=sub if isinstance(sub, str) else None,
    )


def _place(document: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Returns the claims of one place, each null or an object (section 5.5.1); empty where the place is missing."""
    found = document.get(place)
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(value is None or isinstance(value, dict) for value in found.values()):
        raise OAuthError("invalid_request", f"claims: {place} must be an object of claims, each null or an object")
    return found


def _values(claim: Mapping[str, Any]) -> tuple[str, ...]:
    many = claim.get("values")
    values = many if isinstance(many, list) else [claim.get("value")]
    return tuple(value for value in values if isinstance(value, str))

"""Token exchange (RFC 8693): which token may be exchanged, and which claims the new one has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pingshan_identity.domain.oauth.access_token import has_expired, is_a_persons
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant type
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a token type


def check_exchange_request(parameters: Parameters) -> None:
    """Raises OAuthError `invalid_request` for other types of tokens, or an actor but the client (section 2.1)."""
    for name, optional in (("subject_token_type", False), ("requested_token_type", True)):
        if parameters.get(name) not in {ACCESS_TOKEN_TYPE, None if optional else ""}:
            raise OAuthError("invalid_request", f"{name} must be {ACCESS_TOKEN_TYPE}")
    if parameters.get("actor_token") is not None:
        raise OAuthError("invalid_request", "actor_token is not supported: the client itself is the actor")


def check_subject_token(claims: Mapping[str, Any], *, exchanger: str, jkt: str | None, now: datetime) -> None:
    """Refuses a token that was not made for the exchanger, is bound to another key, has expired, or is a machine's.

    Raises:
        OAuthError: `invalid_request` or `invalid_grant`.
    """
    if claims["aud"] != exchanger:
        raise OAuthError("invalid_request", "subject_token was not made for the client that exchanges it")
    if "cnf" in claims and claims["cnf"].get("jkt") != jkt:
        raise OAuthError("invalid_request", "subject_token is bound to another key (RFC 9449)")
    if has_expired(claims, now) or not is_a_persons(claims):
        raise OAuthError("invalid_grant", "subject_token has expired, or is not a person's")


def exchanged(made: Mapping[str, Any], subject: Mapping[str, Any], *, exchanger: str) -> dict[str, Any]:
    """Returns the claims of the new token: it expires no later than the old one, and `act` names the exchanger.

    An `act` of the old token becomes the inner one (section 4.1).
    """
    act = {"sub": exchanger} | ({"act": subject["act"]} if "act" in subject else {})
    return {**made, "exp": min(made["exp"], subject["exp"]), "act": act}

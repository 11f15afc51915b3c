"""Claims about the person that a grant lets its client read, in an ID token or at userinfo."""

from typing import Literal

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.claims import IN_ID_TOKEN, claims_of
from pingshan_identity.domain.oauth.grant import Grant


def readable(client: Client, grant: Grant, place: Literal["userinfo", "id_token"], scope: str) -> frozenset[str]:
    """Returns the names of readable claims: those of the scopes, and those asked for one by one.

    Only claims that the client is registered for today are among them. `scope`: the grant's, or that of an access token
    which was narrowed (RFC 6749 section 6).
    """
    scopes = frozenset(scope.split())
    by_scope = claims_of(scopes if place == "userinfo" else scopes & IN_ID_TOKEN)
    return (by_scope | grant.asked_in(place)) & claims_of(client.scopes, third_party=client.third_party)

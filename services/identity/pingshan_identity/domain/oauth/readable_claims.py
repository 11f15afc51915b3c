"""What a grant lets its client read about the person, in an ID token or at userinfo."""

from typing import Literal

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.scope import IN_ID_TOKEN, claims_of
from pingshan_identity.domain.oauth.grant import Grant


def readable(client: Client, grant: Grant, place: Literal["userinfo", "id_token"]) -> frozenset[str]:
    """Returns names of claims: by the scope of the grant, and asked for one by one.

    Never more than the client is registered for today.
    """
    scopes = frozenset(grant.scope.split())
    by_scope = claims_of(scopes if place == "userinfo" else scopes & IN_ID_TOKEN)
    return (by_scope | grant.asked_in(place)) & claims_of(client.scopes, third_party=client.third_party)

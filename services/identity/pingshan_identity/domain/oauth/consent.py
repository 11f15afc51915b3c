"""Consents of people to systems that are not the government's (OpenID Connect Core section 3.1.2.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.scope import scopes_of
from pingshan_identity.domain.oauth.authorization import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Consent:
    client_id: str
    name_zh: str
    name_en: str
    scopes: tuple[str, ...]
    given_at: datetime


def asked_for(client: Client, request: AuthorizationRequest) -> frozenset[str]:
    """Returns the scopes that a person decides about, those of single claims included."""
    single = scopes_of(request.claims.userinfo | request.claims.id_token)
    return frozenset(request.scope.split()) | (single & client.scopes)


def must_ask(client: Client, request: AuthorizationRequest, given: Collection[str]) -> bool:
    """Returns whether to ask the person: only for a third party, where a scope is new or the request has
    `prompt=consent`.
    """
    if not client.third_party:
        return False
    return "consent" in request.prompt or not asked_for(client, request) <= set(given)

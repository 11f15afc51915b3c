"""Consents of people to systems that are not the government's (OpenID Connect Core section 3.1.2.4)."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import ConsentOutdated
from pingshan_identity.domain.oauth.authorization import AuthorizationRequest
from pingshan_identity.domain.oauth.claims import scopes_of
from pingshan_identity.domain.oauth_error import OAuthError


@dataclass(frozen=True, slots=True)
class Consent:
    client_id: str
    name_zh: str
    name_en: str
    scopes: tuple[str, ...]
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """Is a consent in force, as far as it decides whether to ask again."""

    scopes: frozenset[str]
    shown_hash: bytes | None
    """What the person was shown of the client; None where that was not kept."""


def shown_hash(client: Client) -> bytes:
    """Returns the SHA-256 of what people are shown of the client when they decide: its names, who answers for it, where
    the answer goes, and its own pages.

    A client that registers itself may change all of it afterwards (RFC 7592 section 2.2).
    """
    shown = [client.name_zh, client.name_en, client.owner, sorted(client.redirect_uris), *sorted(client.pages.items())]
    return sha256(json.dumps(shown).encode()).digest()


def require_shown(client: Client, shown: str) -> None:
    """Raises ConsentOutdated where the person decided about another client than they would be shown now.

    `shown`: the hash of what the page showed, in hexadecimal.
    """
    if shown != shown_hash(client).hex():
        raise ConsentOutdated


def require_in_force(client: Client, given: Given | None) -> None:
    """Refuses tokens for a third party whose consent was withdrawn, also while its code was being written.

    `given`: the person's consent; None for none in force.

    Raises:
        OAuthError: `invalid_grant`.
    """
    if client.third_party and given is None:
        raise OAuthError("invalid_grant", "the person has withdrawn their consent")


def asked_for(client: Client, request: AuthorizationRequest) -> frozenset[str]:
    """Returns the scopes that a person decides about, those of single claims included."""
    single = scopes_of(request.claims.userinfo | request.claims.id_token)
    return frozenset(request.scope.split()) | (single & client.scopes)


def may_be_imitated(client: Client, redirect_uri: str) -> bool:
    """Returns whether another app on the person's device may ask in this client's name, and get the answer.

    Nothing tells who asks for a client without a secret, and every app may claim a private scheme or listen on
    loopback (RFC 8252 section 8.6).
    """
    return client.is_public and not redirect_uri.startswith("https://")


def must_ask(
    client: Client, request: AuthorizationRequest, given: Given | None, *, has_just_allowed: bool = False
) -> bool:
    """Returns whether to ask the person: where another app may have made the request; and for a third party, where a
    scope is new, what was shown of the client has changed since, or the request has `prompt=consent`.

    `has_just_allowed`: the person has answered this very request.
    """
    if may_be_imitated(client, request.redirect_uri) and not has_just_allowed:
        return True
    if not client.third_party:
        return False
    if given is None or "consent" in request.prompt:
        return True
    return given.shown_hash != shown_hash(client) or not asked_for(client, request) <= given.scopes

"""Reads where a sign-in leads, for the sign-in page."""

from dataclasses import dataclass

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import origin_of
from pingshan_identity.domain.errors import RedirectUriMismatch
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import asks_anew
from pingshan_identity.usecases.authorization_requests.waiting_requests import leads_to
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Destination:
    name_zh: str
    name_en: str
    realms: frozenset[Realm]
    origin: str | None
    """Origin of the redirect URI, which the page's form may lead to; None where the URI is not registered."""
    asks_anew: bool
    """Whether the request wants a sign-in of its own (`prompt`, `max_age`), so that one that there is may not do."""


async def read_destination(deps: Dependencies, *, continuation: str) -> Destination | None:
    """Returns the system that the sign-in leads to; None for our own pages and for an unknown client."""
    async with deps.database.read() as tx:
        destination = await leads_to(tx, deps.personal, continuation)
    if destination is None:
        return None
    client, asked = destination
    return Destination(
        client.name_zh, client.name_en, client.realms, _origin(client, asked.get("redirect_uri", "")), asks_anew(asked)
    )


def _origin(client: Client, redirect_uri: str) -> str | None:
    try:
        client.require_redirect_uri(redirect_uri)
    except RedirectUriMismatch:
        return None
    return origin_of(redirect_uri)

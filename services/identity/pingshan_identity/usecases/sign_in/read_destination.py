"""Where a sign-in leads, for the sign-in page to show."""

from dataclasses import dataclass

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import origin_of
from pingshan_identity.domain.errors import RedirectUriMismatch
from pingshan_identity.domain.realm import Realm
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.waiting_requests import leads_to


@dataclass(frozen=True, slots=True)
class Destination:
    name_zh: str
    name_en: str
    realms: frozenset[Realm]
    origin: str | None
    """Of the registered redirect URI; browsers must be let follow the form's redirect there."""


async def read_destination(deps: Dependencies, *, continuation: str) -> Destination | None:
    """Return the system of an authorization request; None for our own pages, or a client that nobody knows."""
    async with deps.database.read() as tx:
        destination = await leads_to(tx, deps.personal, continuation)
    if destination is None:
        return None
    client, asked = destination
    return Destination(client.name_zh, client.name_en, client.realms, _origin(client, asked.get("redirect_uri", "")))


def _origin(client: Client, redirect_uri: str) -> str | None:
    try:
        client.require_redirect_uri(redirect_uri)
    except RedirectUriMismatch:
        return None
    return origin_of(redirect_uri)

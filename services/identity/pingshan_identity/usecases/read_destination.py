"""Where a sign-in leads, for the sign-in page to show."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from pingshan_kit.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.client import Client
from pingshan_identity.domain.continuation import AUTHORIZE
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store import clients


@dataclass(frozen=True, slots=True)
class Destination:
    name_zh: str
    name_en: str
    realms: frozenset[Realm]
    origin: str | None
    """Of the registered redirect URI; browsers must be let follow the form's redirect there."""


async def read_destination(actor: Actor, database: Database, *, continuation: str) -> Destination | None:
    """The system of an authorization request; None for our own pages, or a client that nobody knows."""
    del actor  # nobody is known before the sign-in
    parts = urlsplit(continuation)
    if parts.path != AUTHORIZE:
        return None
    asked = dict(parse_qsl(parts.query))
    async with database.read() as tx:
        client = await clients.get(tx, asked.get("client_id", "")[:100])
    if client is None:
        return None
    return Destination(client.name_zh, client.name_en, client.realms, _origin(client, asked.get("redirect_uri", "")))


def _origin(client: Client, redirect_uri: str) -> str | None:
    if redirect_uri not in client.redirect_uris:
        return None
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"

"""The assurance level that a sign-in must reach, from where it leads."""

from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.assurance import asked_level, level_needed
from pingshan_identity.domain.continuation import AUTHORIZE
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store import clients


async def needed_level(tx: AsyncConnection, realm: Realm, continuation: str) -> int:
    """1 to 3; what an unknown client asks counts as identity's own page."""
    parts = urlsplit(continuation)
    if parts.path != AUTHORIZE:
        return level_needed(realm, system=None, asked=None)
    query = dict(parse_qsl(parts.query))
    client = await clients.get(tx, query.get("client_id", "")[:100])
    return level_needed(
        realm,
        system=client.required_level if client else None,
        asked=asked_level(query.get("acr_values")),
    )

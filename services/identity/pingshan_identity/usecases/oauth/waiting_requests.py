"""Authorization requests that wait under a `request_uri`, pushed by clients or kept while a person acts."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.authorization import NAMES
from pingshan_identity.domain.oauth.par import WAITING_LIFE, Pairs, new_request_uri
from pingshan_identity.domain.sign_in.continuation import AUTHORIZE
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import pushed_requests
from pingshan_identity.store.oauth.pushed_requests import Waiting


async def let_wait(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    client_id: str,
    pairs: Pairs,
    person_id: str | None = None,
    life: timedelta = WAITING_LIFE,
) -> str:
    """Returns the `request_uri` that stands for the request, once and for that client only.

    Parameters that nobody reads are left out: whoever knows a public client's id may push what they like.
    """
    request_uri = new_request_uri()
    kept = tuple((name, value) for name, value in pairs if name in NAMES)
    await pushed_requests.add(
        tx,
        personal,
        request_uri=request_uri,
        client_id=client_id,
        waiting=Waiting(kept, person_id),
        expires_at=clock.now() + life,
    )
    return request_uri


async def hand_on(tx: AsyncConnection, personal: PersonalData, *, used: str | None, address: str) -> None:
    """Leads a person who comes back to a used `request_uri`, by a reload or the back button, to where they go on.

    Does nothing for None, a request without a `request_uri`.
    """
    if used is not None:
        expires_at = clock.now() + WAITING_LIFE
        await pushed_requests.lead_on(tx, personal, request_uri=used, address=address, expires_at=expires_at)


async def leads_to(
    tx: AsyncConnection, personal: PersonalData, continuation: str
) -> tuple[Client, Mapping[str, str]] | None:
    """Returns the client and parameters of the request that a sign-in leads back to, without using it up.

    None for our own pages and for an unknown client; parameters are empty where the pushed request is gone.
    """
    parts = urlsplit(continuation)
    if parts.path != AUTHORIZE:
        return None
    asked = dict(parse_qsl(parts.query))
    client = await clients.get(tx, asked.get("client_id", "")[:100])
    if client is None or "request_uri" not in asked:
        return None if client is None else (client, asked)
    waiting = await pushed_requests.peek(
        tx, personal, request_uri=asked["request_uri"], client_id=client.client_id, now=clock.now()
    )
    return client, dict(waiting.pairs) if waiting is not None else {}

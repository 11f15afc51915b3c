"""Authorization requests that wait under a `request_uri`, pushed by clients or kept while a person acts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.authorization_requests.par import WAITING_LIFE, new_request_uri
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.authorization import NAMES
from pingshan_identity.domain.sign_in.continuation import AUTHORIZE
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.store.authorization_requests.pushed_requests import Waiting
from pingshan_identity.store.clients import clients


async def let_wait(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    client_id: str,
    waiting: Waiting,
    life: timedelta = WAITING_LIFE,
) -> str:
    """Returns the new `request_uri` that stands for the request, for that client only, until it is answered."""
    request_uri = new_request_uri()
    expires_at = clock.now() + life
    await pushed_requests.add(
        tx, personal, request_uri=request_uri, client_id=client_id, waiting=_kept(waiting), expires_at=expires_at
    )
    return request_uri


async def wait_on(tx: AsyncConnection, personal: PersonalData, *, request_uri: str, waiting: Waiting) -> None:
    """Keeps what has become of a request under its `request_uri`, and gives its person the time that they need."""
    expires_at = clock.now() + WAITING_LIFE
    await pushed_requests.change(tx, personal, request_uri=request_uri, waiting=_kept(waiting), expires_at=expires_at)


def _kept(waiting: Waiting) -> Waiting:
    """Returns the request without what nobody reads: whoever knows a public client's id may push what they like."""
    return replace(waiting, pairs=tuple((name, value) for name, value in waiting.pairs if name in NAMES))


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

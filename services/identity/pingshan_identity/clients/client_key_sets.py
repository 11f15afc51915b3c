"""Keys of clients: as they registered them, or fetched from their `jwks_uri` (RFC 7591 section 2) and kept for a while.

Own code: joserfc reads key sets and fetches none, and PyJWT's client for them resolves and calls by itself, also where
the platform must not be led.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pingshan_identity.clients.client_documents import ClientDocuments, DocumentUnread
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.client_keys import check_jwks, named_key
from pingshan_identity.domain.oauth_error import OAuthError

KEPT = 300.0
"""Seconds for which fetched keys count; a key that the client withdrew counts for that long at most."""
FETCHES, WINDOW = 3, 30.0
"""Most fetches for one client in so many seconds, however many unknown keys are named meanwhile: a client that has just
published a new key uses it at once, also where its keys were fetched a moment before.
"""
MOST_CLIENTS = 1_000


@dataclass(slots=True)
class _Kept:
    """Is what is known of one address: the keys of the last fetch, or why there are none."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=FETCHES))
    """Times of the last fetches, successful or not."""
    answered_at: float = float("-inf")
    """Time at which the last of them came to its end."""
    fetched_at: float = float("-inf")
    keys: Mapping[str, Any] | None = None
    refused: str = ""

    def counting(self, kid: object, alg: str) -> Mapping[str, Any] | None:
        """Returns the key where it is known and not too old."""
        return named_key(self.keys, kid, alg) if time.monotonic() - self.fetched_at < KEPT else None

    def may_ask(self, came: float) -> bool:
        """Returns whether to fetch for somebody who came then: not where a fetch has ended since, or too often."""
        if self.answered_at >= came:
            return False
        return len(self.asked_at) < FETCHES or time.monotonic() - self.asked_at[0] >= WINDOW


class ClientKeySets:
    """Finds keys of clients; what is fetched is kept in the memory of each process."""

    def __init__(self, documents: ClientDocuments) -> None:
        self._documents = documents
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def named(self, client: Client, kid: object, alg: str) -> Mapping[str, Any] | None:
        """Returns the client's public key with that `kid` for that algorithm; None where none, or more than one, fits.

        Keys of a `jwks_uri` are fetched again where they have become old, or have no such `kid`, and never within a
        transaction: that takes as long as the client's own server likes.

        Raises:
            OAuthError: `invalid_client`, the keys cannot be fetched, or are none.
        """
        if client.jwks_uri is None:
            return named_key(client.jwks, kid, alg)
        kept = self._of(client.client_id, client.jwks_uri)
        came = time.monotonic()
        if found := kept.counting(kid, alg):
            return found
        async with kept.lock:
            if kept.may_ask(came):
                await self._fetch(client, client.jwks_uri, kept)
        if time.monotonic() - kept.fetched_at >= KEPT:
            raise OAuthError("invalid_client", f"the keys at jwks_uri cannot be read: {kept.refused}")
        return named_key(kept.keys, kid, alg)

    def _of(self, client_id: str, uri: str) -> _Kept:
        kept = self._kept.setdefault((client_id, uri), _Kept())
        self._kept.move_to_end((client_id, uri))
        if len(self._kept) > MOST_CLIENTS:
            self._kept.popitem(last=False)
        return kept

    async def _fetch(self, client: Client, uri: str, kept: _Kept) -> None:
        kept.asked_at.append(time.monotonic())
        try:
            kept.keys = check_jwks(await self._documents.read(uri, third_party=client.third_party))
        except DocumentUnread as unread:
            kept.refused = unread.code
        except OAuthError as error:
            kept.refused = error.description
        else:
            kept.fetched_at = time.monotonic()
        finally:
            kept.answered_at = time.monotonic()

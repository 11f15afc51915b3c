"""Keys of clients: as they registered them, or fetched from their `jwks_uri` (RFC 7591 section 2) and kept for a while.

Own code: joserfc reads key sets and fetches none, and PyJWT's client for them resolves and calls by itself, also where
the platform must not be led.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pingshan_kit.outgoing import CallFailed, Outgoing, json_of
from pingshan_values.outside_address import NOTHING_TRUSTED, AddressRefused, Trusted, outside_address

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.client_keys import check_jwks, named_key
from pingshan_identity.domain.oauth_error import OAuthError

PATIENCE = 5.0
"""Seconds that a client's server has to answer with its keys."""
MOST_BYTES = 65_536
KEPT = 300.0
"""Seconds for which fetched keys count; a key that the client withdrew counts for that long at most."""
PAUSE = 10.0
"""Seconds between two fetches for one client, however many unknown keys are named meanwhile."""
MOST_CLIENTS = 1_000


@dataclass(slots=True)
class _Kept:
    """Is what is known of one address: the keys of the last fetch, or why there are none."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: float = float("-inf")
    """Time of the last fetch, successful or not."""
    fetched_at: float = float("-inf")
    keys: Mapping[str, Any] | None = None
    refused: str = ""


class ClientKeySets:
    """Finds keys of clients; what is fetched is kept in the memory of each process."""

    def __init__(self, outgoing: Outgoing, trusted: Trusted) -> None:
        self._outgoing = outgoing
        self._trusted = trusted
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
        if time.monotonic() - kept.fetched_at < KEPT and (found := named_key(kept.keys, kid, alg)):
            return found
        async with kept.lock:
            if time.monotonic() - kept.asked_at >= PAUSE:
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
        kept.asked_at = time.monotonic()
        try:
            address = outside_address(uri, NOTHING_TRUSTED if client.third_party else self._trusted)
            answer = await self._outgoing.call("GET", address, headers={"accept": "application/json"})
            if answer.status_code != httpx.codes.OK:
                kept.refused = f"HTTP_{answer.status_code}"
                return
            kept.keys = check_jwks(json_of(answer))
        except AddressRefused:
            kept.refused = "ADDRESS_REFUSED"
        except CallFailed as failed:
            kept.refused = failed.code
        except ValueError:
            kept.refused = "NOT_JSON"
        except OAuthError as error:
            kept.refused = error.description
        else:
            kept.fetched_at = time.monotonic()

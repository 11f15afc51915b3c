"""How much of a process one peer may hold: connections by the address that they come from, requests by the client's.

Own code: Uvicorn's `limit_concurrency` counts all peers together, so that one of them shuts the others out.
"""

from functools import lru_cache
from ipaddress import IPv6Address
from typing import Generic, Protocol, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from pingshan_kit.http.proxies import address_of, is_trusted
from pingshan_kit.settings import Networks
from pingshan_kit.shares import Shares

MOST_PER_PEER = 512
"""Connections that one peer may have open, and requests that one client may have under way, at the same time.

An office behind one address fits in: a browser opens six at most, and a quiet one is closed after five seconds."""


@lru_cache(maxsize=4_096)
def peer_of(address: str) -> str:
    """Returns what counts as one peer: an IPv4 address, a /64 of IPv6, the text itself where it is no address."""
    parsed = address_of(address)
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[:19]
    return str(parsed or address)


class Connection(Protocol):
    @property
    def waits_for_peer(self) -> bool:
        """Returns whether nothing of the peer's is being answered or still to be taken."""

    def make_room(self) -> None:
        """Closes the connection, so that another one of the same peer has its place."""


C = TypeVar("C", bound=Connection)


class Peers(Generic[C]):
    """Keeps the open connections of each peer, the oldest first; trusted proxies, who speak for many, have no limit."""

    def __init__(self, trusted: Networks) -> None:
        self._trusted = tuple(trusted)
        self._open: dict[str, dict[C, None]] = {}

    def admit(self, connection: C, address: str) -> bool:
        """Counts a new connection; the peer's oldest one that waits makes room where there are too many.

        Returns False, and counts nothing, where none of them waits.
        """
        if is_trusted(address, self._trusted):
            return True
        open_ = self._open.setdefault(peer_of(address), {})
        if len(open_) >= MOST_PER_PEER:
            waiting = next((each for each in open_ if each.waits_for_peer), None)
            if waiting is None:
                return False
            del open_[waiting]
            waiting.make_room()
        open_[connection] = None
        return True

    def leave(self, connection: C, address: str) -> None:
        """Forgets a connection that is closed; does nothing for one that was not counted."""
        peer = peer_of(address)
        open_ = self._open.get(peer)
        if open_ is not None:
            open_.pop(connection, None)
            if not open_:
                del self._open[peer]


class ClientLimit:
    """Refuses a request of a client that has too many under way; behind a trusted proxy only this tells them apart.

    `shares` is what all stacks of one application count together. Raises TooManyAtOnce.
    """

    def __init__(self, app: ASGIApp, shares: Shares) -> None:
        self._app = app
        self._shares = shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope.get("client"):
            await self._app(scope, receive, send)
            return
        with self._shares.one_of(peer_of(scope["client"][0])):
            await self._app(scope, receive, send)

"""Where a request comes from: the address of the connection, or the one that a trusted proxy names.

Own code: Uvicorn's `proxy_headers` believes whoever speaks from loopback, and the right-most address of one header
only; here nobody is believed whom the setting does not name.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pingshan_kit.settings import Networks

_HEADER = "x-forwarded-for"
_MOST_HOPS = 20
"""Addresses that are read, from the right; more than a chain of proxies has."""


class ClientAddress:
    """Puts the client's address into the scope, so that `request.client` is whom limits and records are about.

    It is the right-most address of `X-Forwarded-For` that is no trusted proxy, where a trusted proxy is connected;
    what stands left of it was written by whoever it belongs to, and is not read. `Forwarded` (RFC 7239) is not read:
    one header is enough, and a proxy that sets one passes the other on as it came.
    """

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._trusted and scope["type"] == "http" and scope.get("client"):
            host, _ = scope["client"]
            found = client_of(host, Headers(scope=scope).getlist(_HEADER), self._trusted)
            if found != host:
                scope = {**scope, "client": (found, 0)}
        await self._app(scope, receive, send)


def client_of(connected: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """Returns the client's address; `forwarded` holds the header's lines as they came.

    Where the chain breaks (something that is no address), the last address that a trusted proxy vouched for counts.
    """
    client = connected
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    for hop in reversed(hops[-_MOST_HOPS:]):
        if not is_trusted(client, trusted):
            break
        address = address_of(hop)
        if address is None:
            break
        client = str(address)
    return client


def is_trusted(text: str, trusted: Networks) -> bool:
    """Returns whether an address belongs to a proxy that is believed."""
    address = address_of(text)
    return address is not None and any(address in network for network in trusted)


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Returns an address without its zone, IPv4 also where it is written as mapped; None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address

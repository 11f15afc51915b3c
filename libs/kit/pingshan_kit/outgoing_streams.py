"""The connection of a call to the outside: what comes before the head of its answer ends is bounded.

Own code: httpcore reads any number of interim responses (RFC 9110 section 15.2) before the answer, without a pause for
the loop, and httpx has no limit for them.
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

MOST_HEAD_BYTES = 16_384
"""After so many no more is read before the head has come; one read takes up to 65,536 beyond."""


class BoundedStream(httpcore.AsyncNetworkStream):
    """Reads for as long as the head may still come, and whatever follows once `head_has_come` says that it has."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._left: float = MOST_HEAD_BYTES

    def head_has_come(self) -> None:
        self._left = float("inf")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        """Returns what came. Raises RemoteProtocolError where the head has no end."""
        if self._left <= 0:
            raise httpcore.RemoteProtocolError("the head of the answer has no end")
        octets = await self._inner.read(max_bytes, timeout)
        self._left -= len(octets)
        return octets

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        return BoundedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.AnyIOBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return BoundedStream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Connects by streams that are bounded."""

    def __init__(self, store: ssl.SSLContext) -> None:
        super().__init__(verify=store, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(ssl_context=store, network_backend=_Backend())

"""Every call to the outside by HTTP: bounded in time and size, along no redirect, and only to where it may lead.

Own code over httpx: httpx limits each phase of a call and never their sum, reads answers of any size, and resolves
names by itself, so that an address could lead elsewhere at the call than it did when it was checked. Its
instrumentation writes whole addresses, in which others keep their keys, into spans.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from pingshan_values import strict_json
from pingshan_values.outside_address import AddressRefused, AddressUnknown, OutsideAddress

from pingshan_kit.outgoing_streams import BoundedStream, BoundedTransport
from pingshan_kit.telemetry import tracer

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
MOST_BYTES = 1_048_576
"""Of an answer's body; a longer answer is none."""
MOST_PIECES = 4_096
"""Of an answer's body: each costs as much work as a thousand octets, and a sender may make them of one octet each."""

_HOST = re.compile(r"[a-z0-9.:-]+", re.ASCII)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes host and port, returns IP addresses; raises OSError where there is none."""


_CERTIFICATE_FAULTS = {
    9: "TLS_NOT_YET_VALID",
    10: "TLS_EXPIRED",
    **dict.fromkeys((2, 18, 19, 20, 21), "TLS_AUTHORITY"),
    **dict.fromkeys((62, 64), "TLS_NAME"),
}
"""What OpenSSL's results of a verification mean (`X509_V_ERR_…`): Python's `ssl` names none of them."""


class CallFailed(Exception):
    """Reports that there is no answer; `code` says why: UNREACHABLE, TIMEOUT, TOO_LARGE, BROKEN_ANSWER, or TLS.

    Where TLS fails over the certificate, the code says what is wrong with it: TLS_NAME (it is for another name),
    TLS_EXPIRED, TLS_NOT_YET_VALID, or TLS_AUTHORITY (of an authority that is not trusted, or its chain is not whole).
    """

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent
        """Whether the other side may have taken the request."""


class Resolver:
    """Resolves names in threads of its own.

    A name server that never answers holds a thread for half a minute: here it holds up no other work of the process,
    and no other resolver.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Returns the IP addresses of a host. Raises OSError where it has none."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(each[4][0]) for each in found))


resolve = Resolver()


class Outgoing:
    """Calls HTTP servers outside the platform, each call on a connection of its own.

    So no connection outlives the check of its address, none is shared by two hosts on one IP address, and a request
    never meets a connection that the other side is just closing, of which nobody could say whether it arrived.
    """

    def __init__(
        self,
        authority: Path | None = None,
        *,
        total_seconds: float = TOTAL_SECONDS,
        most_bytes: int = MOST_BYTES,
        resolve: Resolve = resolve,
    ) -> None:
        """Takes `outgoing_ca_file` of the settings as `authority`, the seconds of a whole call, and a body's bytes."""
        self._authority = authority
        self._total = total_seconds
        self._most = most_bytes
        self._resolve = resolve

    def apart(self) -> "Outgoing":
        """Returns one that calls alike and resolves names apart, for addresses of another kind of strangers."""
        again = Resolver() if isinstance(self._resolve, Resolver) else self._resolve
        return Outgoing(self._authority, total_seconds=self._total, most_bytes=self._most, resolve=again)

    async def call(
        self, method: str, address: str | OutsideAddress, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> httpx.Response:
        """Returns the answer, read to its end, whatever its status; redirects are answers.

        A `str` is an address that operators have set. One that others chose is an OutsideAddress: it is resolved and
        checked now, and the connection goes to what was checked. `content` is httpx's: `content`, `data`, `json`,
        `params`, `auth`.

        Raises CallFailed without an answer, AddressRefused where the address may not be called.
        """
        attributes = {"http.request.method": method}
        with tracer.start_as_current_span(method, kind=SpanKind.CLIENT, attributes=attributes) as span:
            try:
                async with asyncio.timeout(self._total):
                    answer = await self._call(span, method, address, dict(headers or {}), content)
            except TimeoutError as error:
                span.set_attribute("error.type", "TIMEOUT")
                raise CallFailed("TIMEOUT", sent=True) from error
            except CallFailed as failed:
                span.set_attribute("error.type", failed.code)
                raise
            except AddressRefused:
                span.set_attribute("error.type", "ADDRESS_REFUSED")
                raise
            span.set_attribute("http.response.status_code", answer.status_code)
            if answer.is_error:
                span.set_attribute("error.type", str(answer.status_code))
                span.set_status(Status(StatusCode.ERROR))
            return answer

    async def find(self, address: OutsideAddress) -> Sequence[str]:
        """Returns the IP addresses to which the address leads.

        Raises AddressUnknown where its host does not resolve, AddressRefused where any of them may not be called.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = await self._resolve(address.host, address.port)
        except OSError as error:  # TimeoutError is one
            raise AddressUnknown(address.host) from error
        address.refuse_private(found)
        return found

    async def _call(
        self, span: Span, method: str, address: str | OutsideAddress, headers: dict[str, str], content: dict[str, Any]
    ) -> httpx.Response:
        try:
            url = httpx.URL(address if isinstance(address, str) else address.url)
        except httpx.InvalidURL as error:
            raise CallFailed("UNREACHABLE", sent=False) from error
        host = url.raw_host.decode("ascii")  # as it is called: httpx shows names in other scripts, or fails to
        if _HOST.fullmatch(host):
            span.set_attribute("server.address", host)
            span.set_attribute("server.port", url.port or {"https": 443}.get(url.scheme, 80))
        propagate.inject(headers)
        headers |= {"host": url.netloc.decode(), "accept-encoding": "identity"}
        places = [url]
        if isinstance(address, OutsideAddress) and not address.trusted:
            places = [url.copy_with(host=found) for found in await self.find(address)]
        content["extensions"] = {"sni_hostname": host}
        try:
            client = self._client()
        except OSError as error:  # the file of authorities was there when the process began
            raise CallFailed("TLS", sent=False) from error
        async with client:
            return await self._first(client, method, places, headers, content)

    async def _first(
        self, client: httpx.AsyncClient, method: str, places: list[httpx.URL], headers: dict[str, str], content: Any
    ) -> httpx.Response:
        """Returns the answer of the first place that can be connected to."""
        for place in places[:-1]:
            try:
                return await self._send(client, method, place, headers, content)
            except CallFailed as failed:
                if failed.code not in {"UNREACHABLE", "TIMEOUT"} or failed.sent:
                    raise
        return await self._send(client, method, places[-1], headers, content)

    async def _send(
        self, client: httpx.AsyncClient, method: str, place: httpx.URL, headers: dict[str, str], content: Any
    ) -> httpx.Response:
        try:
            async with client.stream(method, place, headers=headers, **content) as answer:
                if isinstance(stream := answer.extensions.get("network_stream"), BoundedStream):
                    stream.head_has_come()
                return await self._read(answer)
        except httpx.ConnectTimeout as error:
            raise CallFailed("TIMEOUT", sent=False) from error
        except httpx.TimeoutException as error:
            raise CallFailed("TIMEOUT", sent=True) from error
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise CallFailed(_why_unconnected(error), sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CallFailed("BROKEN_ANSWER", sent=True) from error

    async def _read(self, answer: httpx.Response) -> httpx.Response:
        """Reads the answer as it came: one that is packed all the same could unpack to any size."""
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise CallFailed("BROKEN_ANSWER", sent=True)
        body, pieces = bytearray(), 0
        async for piece in answer.aiter_raw():
            body += piece
            pieces += 1
            if len(body) > self._most or pieces > MOST_PIECES:
                raise CallFailed("TOO_LARGE", sent=True)
        headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() != "transfer-encoding"]
        return httpx.Response(answer.status_code, headers=headers, content=bytes(body))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(self._total, connect=min(CONNECT_SECONDS, self._total)),
            transport=BoundedTransport(trust_store(self._authority)),
            trust_env=False,
            follow_redirects=False,
        )


def json_of(answer: httpx.Response) -> Any:
    """Returns the value of an answer in JSON, which others chose as they choose a request. Raises ValueError."""
    return strict_json.loads(answer.content)


@cache
def trust_store(authority: Path | None) -> ssl.SSLContext:
    """Returns the public certificate authorities, and those of a PEM file. Raises OSError where it cannot be read."""
    store = httpx.create_ssl_context(trust_env=False)
    if authority is not None:
        store.load_verify_locations(cafile=authority)
    return store


def _why_unconnected(error: httpx.HTTPError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATE_FAULTS.get(cause.verify_code, "TLS")
        if isinstance(cause, ssl.SSLError):
            return "TLS"
        cause = cause.__cause__ or cause.__context__
    return "UNREACHABLE"

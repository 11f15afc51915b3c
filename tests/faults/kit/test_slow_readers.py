"""One peer with very many connections that it does not read: others are answered in time, and it is cut off."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from ipaddress import ip_network

import httpx
import pytest
from pingshan_kit.http import peers
from pingshan_kit.process import http_server
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.storage.database import Database

from tests.support.kit.console import console
from tests.support.kit.dripping import all_closed, opened
from tests.support.kit.never_reading import NEIGHBOUR, never_reading
from tests.support.kit.service import ELicense, eventually

SOCKETS = 300
LARGE = b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n"
IDLE = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
BODY = b"POST /hook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n"


@asynccontextmanager
async def serving(settings: ELicense, database: Database) -> AsyncIterator[HttpServer]:
    server = HttpServer(console(settings, database), settings)
    task = asyncio.create_task(server.run_here())
    try:
        await eventually(partial(is_answered, settings), seconds=10)
        yield server
    finally:
        await server.stop()
        await task


async def is_answered(settings: ELicense, *, host: str = "127.0.0.1") -> bool:
    """Whether somebody at that address is answered within a second."""
    transport = httpx.AsyncHTTPTransport(local_address=host)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=settings.public_url, timeout=1) as client:
            return (await client.post("/hook", content=b"12345")).json() == {"octets": 5}
    except httpx.TransportError:
        return False


async def slowest_answer(settings: ELicense, seconds: float) -> float:
    slowest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        assert await is_answered(settings)
        slowest = max(slowest, time.monotonic() - start)
        await asyncio.sleep(0.05)
    return slowest


@pytest.mark.parametrize("request_", [LARGE, STREAM], ids=["answer", "stream"])
async def test_who_never_reads_is_cut_off_while_others_are_answered(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(http_server, "WRITE_SECONDS", 5.0)
    async with serving(settings, database) as server:
        with closing(await never_reading(settings.http_port, SOCKETS, request_)) as reading:
            assert await slowest_answer(settings, 2) < 1.0
            await eventually(partial(connections, server), 0, seconds=20)
            assert reading.open == 0, "their end is told, so that no kernel keeps anything for them"
            assert await slowest_answer(settings, 0.5) < 1.0


async def test_who_reads_slowly_but_in_time_gets_all(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three megabytes in a second, and after that a pause longer than the limit with nothing left to take."""
    monkeypatch.setattr(http_server, "WRITE_SECONDS", 2.0)
    async with serving(settings, database):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.http_port, limit=65_536)
        writer.write(LARGE)
        head = await reader.readuntil(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        pause = 65_536 / left
        while left:
            left -= len(await reader.read(min(65_536, left)))
            await asyncio.sleep(pause)
        await asyncio.sleep(3)
        writer.write(LARGE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_one_peer_has_so_many_connections_and_no_more(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "MOST_PER_PEER", 50)
    async with serving(settings, database) as server:
        with closing(await never_reading(settings.http_port, 50, STREAM)) as busy:
            await eventually(partial(streams, server), 50)
            refused = await opened(settings.http_port, 3, b"", host=NEIGHBOUR)
            assert await all_closed(refused, seconds=2)
            assert {peer.received.split(b" ")[1] for peer in refused} == {b"503"}
            assert busy.open == 50, "whoever is being answered does not give way"
            assert await is_answered(settings)
            assert not await is_answered(settings, host=NEIGHBOUR)
        await eventually(partial(is_answered, settings, host=NEIGHBOUR))


@pytest.mark.parametrize("first", [IDLE, BODY, b""], ids=["idle", "unfinished", "silent"])
async def test_a_connection_that_waits_for_its_peer_makes_room(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(peers, "MOST_PER_PEER", 50)
    async with serving(settings, database):
        waiting = await opened(settings.http_port, 50, first, host=NEIGHBOUR)
        await asyncio.sleep(0.5)
        assert await is_answered(settings, host=NEIGHBOUR)
        assert await all_closed(waiting[:1], seconds=1, drop=b"")


async def test_a_trusted_proxy_is_no_peer_but_each_of_its_clients_is(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["pingshan_kit.http.application"], "MOST_PER_PEER", 20)
    proxied = settings.model_copy(update={"trusted_proxies": (ip_network("127.0.0.0/8"),)})
    one, other = ({"x-forwarded-for": address} for address in ("203.0.113.5", "203.0.113.6"))
    first = STREAM.replace(b"\r\n\r\n", b"\r\nx-forwarded-for: 203.0.113.5\r\n\r\n")
    async with serving(proxied, database) as server:
        with closing(await never_reading(settings.http_port, 20, first)):
            await eventually(partial(streams, server), 20)
            async with httpx.AsyncClient(base_url=settings.public_url) as client:
                refused = await client.post("/hook", content=b"1", headers=one)
                assert (refused.status_code, refused.json()["code"]) == (429, "PLATFORM_TOO_MANY_AT_ONCE")
                assert refused.headers["retry-after"]
                assert (await client.post("/hook", content=b"1", headers=other)).status_code == 200


async def streams(server: HttpServer) -> int:
    return len(server.server_state.tasks)


async def connections(server: HttpServer) -> int:
    return len(server.server_state.connections)

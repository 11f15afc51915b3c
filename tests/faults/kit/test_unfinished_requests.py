"""Requests that nobody finishes sending: others are answered in time, and the sockets are closed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from pingshan_kit.process import http_server
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.storage.database import Database
from structlog.testing import capture_logs

from tests.support.kit.console import console
from tests.support.kit.dripping import all_closed, opened
from tests.support.kit.service import ELicense, eventually

SOCKETS = 300
HEAD = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: "
BODY = b"POST /hook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n"
ANSWERED = b"POST /boom HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n"


@asynccontextmanager
async def serving(settings: ELicense, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(console(settings, database), settings)
    task = asyncio.create_task(server.run_here())
    try:
        async with httpx.AsyncClient(base_url=settings.public_url, timeout=5) as client:
            await eventually(partial(alive, client), seconds=10)
            yield client
    finally:
        await server.stop()
        await task


async def alive(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 3.0)
    monkeypatch.setattr(http_server, "BODY_SECONDS", 4.0)


@pytest.mark.parametrize(("first", "answer"), [(HEAD, b"408"), (BODY, b"408"), (ANSWERED, b""), (b"", b"")])
async def test_requests_that_nobody_finishes_are_closed_while_others_are_answered(
    settings: ELicense, database: Database, first: bytes, answer: bytes
) -> None:
    with capture_logs() as logs:
        async with serving(settings, database) as client:
            peers = await opened(settings.http_port, SOCKETS, first)
            closing = asyncio.create_task(all_closed(peers, seconds=12))
            slowest = 0.0
            while not closing.done():
                start = time.monotonic()
                assert (await client.post("/hook", content=b"12345")).json() == {"octets": 5}
                slowest = max(slowest, time.monotonic() - start)
                await asyncio.sleep(0.05)
            assert await closing, "a connection is still open"
    assert slowest < 1.0
    if answer:
        assert {peer.received.split(b" ")[1] for peer in peers} == {answer}
        assert not [line for line in logs if line["log_level"] == "error"], "nothing of ours has failed"


async def test_what_is_sent_in_time_is_answered(settings: ELicense, database: Database) -> None:
    """Also after a pause on the same connection, and where the answer takes longer than a request may."""
    async with serving(settings, database):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.http_port)
        for _ in range(3):
            writer.write(BODY.replace(b"5000", b"4"))
            for _ in range(4):
                await asyncio.sleep(0.5)
                writer.write(b"x")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"}")
            await asyncio.sleep(2.5)
        writer.close()


async def test_the_oldest_unfinished_request_makes_room(
    settings: ELicense, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 60.0)
    monkeypatch.setattr(http_server, "MOST_UNFINISHED", 50)
    async with serving(settings, database) as client:
        first = await opened(settings.http_port, 50, HEAD)
        assert await alive(client)
        later = await opened(settings.http_port, 50, HEAD)
        assert await all_closed(first, seconds=3)
        assert not await all_closed(later[-1:], seconds=1)

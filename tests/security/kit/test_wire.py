"""What only shows on the wire: where one request ends and the next begins, and heads and bodies that are none."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.process.strict_protocol import MOST_HEAD_BYTES
from pingshan_kit.storage.database import Database
from structlog.testing import capture_logs

from tests.support.kit.console import console
from tests.support.kit.service import ELicense, eventually

HOST = b"Host: localhost\r\n"
POST = b"POST /hook HTTP/1.1\r\n" + HOST


@pytest.fixture
async def port(settings: ELicense, database: Database) -> AsyncIterator[int]:
    server = HttpServer(console(settings, database), settings)
    task = asyncio.create_task(server.run_here())
    await eventually(partial(alive, settings.public_url), seconds=10)
    yield settings.http_port
    await server.stop()
    await task


async def alive(address: str) -> bool:
    async with httpx.AsyncClient(base_url=address, timeout=5) as client:
        try:
            return (await client.get("/healthz")).status_code == 200
        except httpx.TransportError:
            return False


async def answers(port: int, *pieces: bytes) -> list[bytes]:
    """Status lines and headers of what comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.1)
    received = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return received.split(b"HTTP/1.1 ")[1:]


async def test_a_body_with_two_lengths_is_refused_and_nothing_behind_it_is_read(port: int) -> None:
    """As a request is smuggled past a proxy that believes Content-Length."""
    smuggled = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
    length = b"Content-Length: %d\r\n" % len(smuggled)
    (answer,) = await answers(port, POST + length + b"Transfer-Encoding: chunked\r\n\r\n" + smuggled)
    assert answer.startswith(b"400")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("chunk", [b"zz\r\nabc\r\n", b"-1\r\nabc\r\n", b"3\r\nabcd\r\n"])
@pytest.mark.parametrize("path", [b"/hook", b"/echo", b"/v1/things"])
async def test_a_broken_chunk_is_answered_once_and_is_no_fault_of_ours(port: int, path: bytes, chunk: bytes) -> None:
    head = POST.replace(b"/hook", path) + b"Transfer-Encoding: chunked\r\n\r\n"
    with capture_logs() as logs:
        (answer,) = await answers(port, head + b"2\r\nab\r\n" + chunk)
    assert answer[:3] in {b"400", b"403"}
    assert [line for line in logs if line["log_level"] == "error"] == []


@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_head_is_not_larger_than_its_limit_however_it_comes(port: int, pieces: int) -> None:
    filler = b"X: " + b"x" * (MOST_HEAD_BYTES + 10) + b"\r\n"
    request = b"GET /healthz HTTP/1.1\r\n" + HOST + filler + b"Connection: close\r\n\r\n"
    size = len(request) // pieces + 1
    (answer,) = await answers(port, *(request[at : at + size] for at in range(0, len(request), size)))
    assert answer.startswith(b"431")
    (behind,) = (await answers(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + request))[1:]
    assert behind.startswith(b"431"), "also where it comes behind another one"


async def test_a_head_below_the_limit_is_read(port: int) -> None:
    filler = b"X: " + b"x" * (MOST_HEAD_BYTES - 200) + b"\r\n"
    (answer,) = await answers(port, b"GET /healthz HTTP/1.1\r\n" + HOST + filler + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"200")


@pytest.mark.parametrize("path", [b"/v1/things/", b"/v1/mine/", b"/form/", b"/static/ui/"])
async def test_no_address_leads_to_the_host_that_the_caller_names(port: int, path: bytes) -> None:
    (answer,) = await answers(port, b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b"evil.example" not in answer

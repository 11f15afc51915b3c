"""What only shows on the wire: where one request ends and the next begins, and heads and bodies that are none."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import httpx
import pytest
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.process.strict_protocol import MOST_AHEAD, MOST_HEAD_BYTES, MOST_PIECES
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


async def test_a_body_in_too_many_pieces_is_refused_before_it_holds_up_others(port: int) -> None:
    """A chunk of one octet is as much work as one of hundreds (RFC 9112 section 7.1)."""
    head = POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    (few,) = await answers(port, head + b"1\r\nx\r\n" * MOST_PIECES + b"0\r\n\r\n")
    assert few.startswith(b"200")
    (many,) = await answers(port, head + b"1\r\nx\r\n" * (MOST_PIECES + 50) + b"0\r\n\r\n")
    assert many.startswith(b"400")
    assert b"connection: close" in many.lower()


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


GET = b"GET /healthz HTTP/1.1\r\n" + HOST
CLOSE = b"Connection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b" folded\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\n" + HOST + b"\n", b"400"),
        (b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", b"400"),
        (b"GET /health z HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
        (b"POST /hook HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n", b"501"),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
        (POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", b"400"),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
        (POST + b"Content-Length: +1\r\n\r\na", b"400"),
    ],
)
async def test_what_two_readers_may_read_in_two_ways_is_refused(port: int, head: bytes, status: bytes) -> None:
    (answer,) = await answers(port, head + GET + CLOSE)
    assert answer.startswith(status)
    assert b"connection: close" in answer.lower()


async def test_requests_sent_ahead_are_answered_in_their_order(port: int) -> None:
    body = b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
    got = await answers(port, GET + b"\r\n" + POST + body + GET + b"\r\n" + GET.replace(b"healthz", b"none") + CLOSE)
    assert [answer[:3] for answer in got][0:4:2] == [b"200", b"200"]
    assert got[3].startswith(b"404")


async def test_so_many_requests_ahead_are_answered_and_no_more(port: int) -> None:
    got = await answers(port, (GET + b"\r\n") * 10_000)
    assert len(got) == MOST_AHEAD + 1
    assert {answer[:3] for answer in got} == {b"200"}


async def test_a_broken_request_is_answered_after_those_before_it(port: int) -> None:
    got = await answers(port, GET + b"\r\n" + GET + b"\r\n" + b"nonsense\r\n\r\n" + GET + b"\r\n")
    assert [answer[:3] for answer in got] == [b"200", b"200", b"400"]


@pytest.mark.parametrize("broken", [b"zz\r\n", b"0\r\nX: " + b"x" * (MOST_HEAD_BYTES + 10) + b"\r\n\r\n"])
async def test_a_broken_body_is_answered_after_the_requests_before_it(port: int, broken: bytes) -> None:
    got = await answers(port, GET + b"\r\n" + POST + CHUNKED + b"\r\n" + broken)
    assert [answer[:3] for answer in got] == [b"200", b"400"]


async def test_trailers_are_no_headers(port: int) -> None:
    """As a trailer would name a client, a language or a proof that no proxy has looked at."""
    request = POST.replace(b"/hook", b"/v1/things") + b"Content-Type: application/json\r\n" + CHUNKED
    trailer = b"\r\n2\r\n{}\r\n0\r\nAccept-Language: en\r\nIdempotency-Key: 0\r\n\r\n"
    plain, trailed = [
        (await answers(port, request + CLOSE[:-2] + end))[0] for end in (b"\r\n2\r\n{}\r\n0\r\n\r\n", trailer)
    ]
    assert without_trace(plain) == without_trace(trailed)


def without_trace(answer: bytes) -> bytes:
    return re.sub(rb'"trace_id":"[^"]*"|date: [^\r]*', b"", answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "piece", [b"2;" + b"x" * 1_000, b"2\r\nab\r\n0\r\nX: " + b"x" * 1_000, b"2\r\nab\r\n0\r\n" + b"X: y\r\n" * 300]
)
async def test_neither_extensions_of_chunks_nor_trailers_grow_without_end(port: int, piece: bytes) -> None:
    more = b"X: y\r\n" * 2_000 if piece.endswith(b"\r\n") else b"x" * 12_000
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST.replace(b"/hook", b"/swallowed") + CHUNKED + b"\r\n" + piece)
    with suppress(ConnectionError):  # what comes after the end is refused by the kernel
        for _ in range(20):
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(0.02)
    assert writer.transport.is_closing() or reader.at_eof()


@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
async def test_who_offers_another_protocol_is_answered_in_this_one(port: int, offer: bytes) -> None:
    """As Java's client does with its first request."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + offer + b"\r\nHTTP2-Settings: AAMAAABk\r\n"
    body = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"
    got = await answers(port, GET + upgrade + b"\r\n", POST + upgrade + body, GET + CLOSE)
    assert [answer[:3] for answer in got] == [b"200", b"200", b"200"]


async def test_who_goes_away_is_known_behind_a_request_sent_ahead(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    before = len(asyncio.all_tasks())
    writer.write(b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\n" + GET + b"\r\n")
    await reader.read(100)
    assert len(asyncio.all_tasks()) > before
    writer.close()
    await eventually(partial(no_more_than, before), seconds=5)


async def no_more_than(tasks: int) -> bool:
    return len(asyncio.all_tasks()) <= tasks

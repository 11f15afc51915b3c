"""Somebody who opens many connections to a busy process keeps nobody else waiting before the door."""

import asyncio
import time

import uvloop
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.storage.database import Database

from tests.support.kit.console import console
from tests.support.kit.service import ELicense

CONNECTIONS = 200
ROUND = 0.02
"""Seconds that a round of the loop takes: a hundred cheap requests on connections that stay open."""
ASKED = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


def test_the_last_of_many_new_connections_is_answered_after_few_rounds(settings: ELicense, database: Database) -> None:
    """In the loop of our processes, which pytest's is not."""
    assert uvloop.run(seconds_to_an_answer(settings, database)) < CONNECTIONS * ROUND / 2


async def seconds_to_an_answer(settings: ELicense, database: Database) -> float:
    loop, server = asyncio.get_running_loop(), HttpServer(console(settings, database), settings)
    running = asyncio.create_task(server.run_here())
    while not server.started:  # noqa: ASYNC110 - Uvicorn has no event for it
        await asyncio.sleep(0.02)
    others = [await asyncio.open_connection("127.0.0.1", settings.http_port)]
    busy = True

    def one_round() -> None:
        time.sleep(ROUND)
        if busy:
            loop.call_soon(one_round)

    try:
        opened = [asyncio.open_connection("127.0.0.1", settings.http_port) for _ in range(CONNECTIONS)]
        others += await asyncio.gather(*opened)
        loop.call_soon(one_round)
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.http_port)
        writer.write(ASKED)
        assert (await asyncio.wait_for(reader.read(), 60)).startswith(b"HTTP/1.1 200")
        writer.close()
        return time.monotonic() - began
    finally:
        busy = False
        for _, each in others:
            each.close()
        await server.stop()
        await running

"""Commands that somebody waits for end in words while NATS is away, is frozen or freezes amid them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from nats.aio.client import Client
from pingshan_tools import topology
from pingshan_tools.addresses import Addresses
from pingshan_tools.doctor import Finding, topology_of
from pingshan_tools.edges import load
from pingshan_tools.embedded import nats as embedded
from pingshan_tools.replay import replay_events

from tests.support.servers import Running, free_port, wait_for

_MUCH = 60
"""Seconds: far less than the minutes that nats-py would go on for."""


class _Addresses:
    """Where NATS is, and a folder of secrets that holds every user's password."""

    def __init__(self, url: str, secrets: Path) -> None:
        self.nats = url
        self.secrets = secrets
        for user, file in ((embedded.ADMIN, "nats/password"), ("alerts", "alerts/nats_password")):
            path = secrets / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(user)


@pytest.fixture
def server(run_folder: Path, tmp_path: Path) -> Iterator[tuple[embedded.Nats, Running, Addresses]]:
    edges = load()
    users = {name: name for name in (embedded.ADMIN, *(stream.service for stream in edges.streams))}
    made = embedded.Nats(run_folder / "away" / tmp_path.name, free_port(), free_port(), users, edges)
    embedded.prepare(made)
    running = Running(embedded.program(made), run_folder).start()
    wait_for(topology.make_streams(made.url, user=embedded.ADMIN, password=embedded.ADMIN, edges=edges))
    yield made, running, cast("Addresses", _Addresses(made.url, tmp_path))
    if running.process is not None:
        running.process.resume()
    running.stop()


@pytest.fixture
def nowhere(tmp_path: Path) -> Addresses:
    return cast("Addresses", _Addresses(f"nats://127.0.0.1:{free_port()}", tmp_path))


async def _findings(addresses: Addresses) -> list[Finding]:
    async with asyncio.timeout(_MUCH):
        return [finding async for finding in topology_of(addresses, ["alerts"])]


async def _make(addresses: Addresses) -> None:
    async with asyncio.timeout(_MUCH):
        await topology.make_streams(addresses.nats, user=embedded.ADMIN, password=embedded.ADMIN, edges=load())


async def _replay(addresses: Addresses) -> None:
    async with asyncio.timeout(_MUCH):
        await replay_events("alerts", addresses, since=datetime.now(UTC))


async def test_one_that_refuses_connections_is_said_in_one_line(
    nowhere: Addresses, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        [finding] = await _findings(nowhere)
        for command in (_make, _replay):
            with pytest.raises(topology.Refused) as refused:
                await command(nowhere)
            assert topology.reason(refused.value)
    assert finding.text == "NATS: no servers available for connection"
    assert finding.wrong
    assert [record for record in caplog.records if record.name.startswith("nats")] == [], "a traceback was printed"


async def test_one_that_is_frozen_is_said_in_one_line(
    server: tuple[embedded.Nats, Running, Addresses], caplog: pytest.LogCaptureFixture
) -> None:
    _, running, addresses = server
    assert running.process is not None
    running.process.suspend()
    [finding] = await _findings(addresses)
    assert finding.text.startswith("NATS: ")
    assert finding.wrong
    for command in (_make, _replay):
        with pytest.raises(topology.Refused):
            await command(addresses)
    assert [record for record in caplog.records if record.name.startswith("nats")] == [], "a traceback was printed"


async def test_one_that_freezes_amid_the_doctors_look_is_said_after_what_was_seen(
    server: tuple[embedded.Nats, Running, Addresses], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, running, addresses = server
    connected = topology.connected

    @asynccontextmanager
    async def freezing(*place: Any, **who: Any) -> AsyncIterator[Client]:
        async with connected(*place, **who) as client:
            assert running.process is not None
            running.process.suspend()
            yield client

    monkeypatch.setattr(topology, "connected", freezing)
    *_, last = await _findings(addresses)
    assert last.text == "NATS: timeout"
    assert last.wrong


async def test_all_streams_are_seen_while_it_is_there(
    server: tuple[embedded.Nats, Running, Addresses],
) -> None:
    _, _, addresses = server
    found = await _findings(addresses)
    assert {f"stream {stream.name}: 0 events, 0% of its room" for stream in load().streams} <= {
        finding.text for finding in found if not finding.wrong
    }

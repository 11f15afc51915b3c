"""NATS whose disk is full stores nothing, and again once there is room: its supervisor starts it anew.

A limit on the size of its files stands for the disk: the write fails in the same place.
"""

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

import nats
import nats.errors
import psutil
import pytest
from pingshan_tools import topology
from pingshan_tools.edges import load
from pingshan_tools.embedded import nats as embedded
from pingshan_tools.launcher import supervisor
from pingshan_tools.launcher.supervisor import followed

from tests.support.servers import Running, free_port, wait_for

SUBJECT, FULL_AT = "workflow.case.closed.v1", 200_000


@pytest.fixture
def server(run_folder: Path) -> Iterator[tuple[embedded.Nats, Running]]:
    edges = load()
    secrets = {name: name for name in (embedded.ADMIN, *(stream.service for stream in edges.streams))}
    made = embedded.Nats(run_folder / "full-disk", free_port(), free_port(), secrets, edges)
    embedded.prepare(made)
    running = Running(embedded.program(made), run_folder).start()
    wait_for(topology.make_streams(made.url, user=embedded.ADMIN, password=embedded.ADMIN, edges=edges))
    yield made, running
    running.stop()


async def publish(server: embedded.Nats, count: int) -> int:
    """How many were acknowledged, up to the first that was not."""
    client = await nats.connect(server.url, user=embedded.ADMIN, password=embedded.ADMIN)
    try:
        for number in range(count):
            try:
                await client.jetstream().publish(SUBJECT, b"x" * 20_000, timeout=1)
            except nats.errors.Error:
                return number
        return count
    finally:
        await client.close()


async def test_a_disk_that_was_full_loses_nothing_and_is_written_again(
    server: tuple[embedded.Nats, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, running = server
    assert await embedded.can_store(made)
    assert running.process is not None
    running.process.rlimit(psutil.RLIMIT_FSIZE, (FULL_AT, resource.RLIM_INFINITY))
    kept = await publish(made, 50)
    assert 0 < kept < 50
    running.process.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert await publish(made, 1) == 0, "the server could do without its supervisor"
    monkeypatch.setattr(supervisor, "_LOOK_SECONDS", 0.1)
    await asyncio.wait_for(followed(running.program, running.process, lambda: None), 20)
    await asyncio.to_thread(running.start)
    assert await publish(made, 1) == 1
    client = await nats.connect(made.url, user=embedded.ADMIN, password=embedded.ADMIN)
    assert (await client.jetstream().stream_info("WORKFLOW")).state.messages == kept + 1
    await client.close()


async def test_one_that_is_well_is_left_alone(
    server: tuple[embedded.Nats, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, running = server
    assert running.process is not None
    monkeypatch.setattr(supervisor, "_LOOK_SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(followed(running.program, running.process, lambda: None), 2)
    assert await publish(made, 1) == 1

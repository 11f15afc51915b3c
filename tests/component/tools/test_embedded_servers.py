"""The three servers from their packages: start, keep what they were told, survive SIGKILL."""

import asyncio
import json
import os
from pathlib import Path

import asyncpg
import httpx
import pytest
import yaml
from pingshan_tools import kubernetes, topology
from pingshan_tools.edges import SERVICES, load
from pingshan_tools.embedded import nats, postgres, temporal
from pingshan_tools.launcher.places import Places
from pingshan_tools.process import Program, ProgramError
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client

from tests.support.servers import Running, free_port


@pytest.fixture
def folder(run_folder: Path, request: pytest.FixtureRequest) -> Path:
    made = run_folder / "embedded" / str(request.node.name)
    made.mkdir(parents=True)
    return made


async def test_postgresql_keeps_what_was_committed_when_it_is_killed(folder: Path) -> None:
    server = postgres.Postgres(folder / "postgres", free_port(), "right")
    postgres.prepare(server)
    running = Running(postgres.program(server), folder).start()
    connection = await asyncpg.connect(server.url())
    assert await connection.fetchval("SHOW server_version_num") >= "180000"
    assert await connection.fetchval("SELECT datlocprovider FROM pg_database WHERE datname = 'template1'") == b"b"
    await connection.execute("CREATE TABLE kept (id int)")
    connection.terminate()
    running.kill()
    running = await _start_again(postgres.program(server), folder)
    connection = await asyncpg.connect(server.url())
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await connection.close()
    running.stop()


async def _start_again(program: Program, folder: Path) -> Running:
    """As the supervisor does: for a second the old pid file is in the way."""
    for _ in range(20):
        try:
            return Running(program, folder).start()
        except ProgramError:
            await asyncio.sleep(0.2)
    raise AssertionError("PostgreSQL did not start again after SIGKILL")


async def test_postgresql_asks_for_the_password(postgres_server: postgres.Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:wrong@127.0.0.1:{postgres_server.port}/postgres")


async def test_nats_may_reserve_what_the_streams_declare_however_full_the_disk_is(folder: Path) -> None:
    """By itself it takes three quarters of what is free at its start, and refuses the streams that it has."""
    edges = load()
    users = dict.fromkeys((nats.ADMIN, *SERVICES), "right")
    server = nats.Nats(folder / "nats", free_port(), free_port(), users, edges)
    nats.prepare(server)
    running = Running(nats.program(server), folder).start()
    async with httpx.AsyncClient(trust_env=False) as client:
        told = (await client.get(f"http://127.0.0.1:{server.monitor_port}/jsz")).json()["config"]
    assert told["max_storage"] == nats.file_store(edges) >= sum(stream.max_bytes for stream in edges.streams)
    running.stop()


def test_nats_of_a_cluster_is_given_the_same_limit(folder: Path) -> None:
    places = Places(folder)
    places.make()
    manifests = {each["metadata"]["name"]: each for each in yaml.safe_load_all(kubernetes.manifests(places))}
    config = json.loads(manifests["nats-config"]["stringData"]["nats.conf"])
    assert config["jetstream"]["max_file_store"] == nats.file_store(load())


async def test_streams_that_the_limit_leaves_no_room_for_are_refused_with_what_to_do(folder: Path) -> None:
    edges = load()
    users = dict.fromkeys((nats.ADMIN, *SERVICES), "right")
    server = nats.Nats(folder / "nats", free_port(), free_port(), users, edges)
    nats.prepare(server)
    small = nats.config(server)
    small["jetstream"]["max_file_store"] = edges.streams[0].max_bytes
    server.config_file.write_text(json.dumps(small))
    running = Running(nats.program(server), folder).start()
    with pytest.raises(topology.Refused) as refused:
        await topology.make_streams(server.url, user=nats.ADMIN, password="right", edges=edges)
    assert "max_file_store" in topology.reason(refused.value)
    running.stop()


async def test_temporal_keeps_namespaces_when_it_is_killed(folder: Path) -> None:
    server = temporal.Temporal(folder / "temporal", free_port(), free_port(), free_port(), free_port(), ("kept",))
    temporal.prepare(server)
    running = Running(temporal.program(server), folder).start()
    running.kill()
    running.start()
    client = await Client.connect(server.address, namespace="kept")
    assert (await client.count_workflows()).count == 0
    running.stop()


async def test_temporal_says_whether_a_worker_asks_for_tasks(folder: Path) -> None:
    """By its HTTP API as by gRPC."""
    server = temporal.Temporal(folder / "temporal", free_port(), free_port(), free_port(), free_port(), ("kept",))
    assert not await temporal.is_worked_on(server, "kept", "cases"), "it does not run"
    temporal.prepare(server)
    running = Running(temporal.program(server), folder).start()
    client = await Client.connect(server.address, namespace="kept")
    await client.count_workflows()
    asked = PollWorkflowTaskQueueRequest(namespace="kept", task_queue=TaskQueue(name="cases"), identity="a worker")

    async def answers() -> list[bool]:
        return [
            await temporal.is_worked_on(server, "kept", "cases"),
            await temporal.has_worker(server.address, "kept", "cases"),
        ]

    assert await answers() == [False, False]
    asking = asyncio.create_task(client.workflow_service.poll_workflow_task_queue(asked))
    async with asyncio.timeout(20):
        while await answers() != [True, True]:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    assert not await temporal.is_worked_on(server, "kept", "others")
    asking.cancel()
    running.stop()


def test_a_program_that_dies_at_once_says_why(folder: Path) -> None:
    async def never() -> bool:
        return False

    program = Program("broken", ("/bin/sh", "-c", "echo the disk is full >&2; exit 3"), ready=never)
    with pytest.raises(ProgramError, match="the disk is full"):
        Running(program, folder).start()


def test_a_folder_that_nobody_cannot_enter_is_refused_in_plain_words(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = postgres.Postgres(closed / "postgres", free_port(), "right")
    if os.geteuid() == 0:  # then it runs as nobody
        with pytest.raises(ProgramError, match="PINGSHAN_DATA"):
            postgres.prepare(server)
    else:
        postgres.prepare(server)
        assert (server.cluster / "PG_VERSION").exists()

"""A service process: parts, readiness, the end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pingshan_kit.storage.database import Database

from tests.support.kit.service import ELicense, eventually
from tests.support.platform import BoundService, TestPlatform

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, publisher: Database) -> BoundService:
    return platform.service("e-license", migrated=False)


@pytest.fixture
async def client(settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=settings.public_url, timeout=10) as client:
        yield client


def spawn(bound: BoundService, *command: str, **changed: str) -> "subprocess.Popen[str]":
    environment = {"PATH": os.environ["PATH"], **bound.environment, **changed}
    argv = [sys.executable, "-m", "tests.support.kit.console_process", *command]
    return subprocess.Popen(
        argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@asynccontextmanager
async def served(bound: BoundService, client: httpx.AsyncClient, *only: str) -> AsyncIterator["subprocess.Popen[str]"]:
    process = spawn(bound, "serve", *(("--only", ",".join(only)) if only else ()))
    try:
        await eventually(partial(status, client), "ready", seconds=60)
        yield process
    finally:
        process.kill()
        process.wait()


async def status(client: httpx.AsyncClient) -> str:
    try:
        return str((await client.get("/readyz")).json()["status"])
    except httpx.HTTPError:
        return "away"


async def ended(process: "subprocess.Popen[str]") -> tuple[int, list[dict[str, Any]]]:
    """Exit code and log lines; every line must be JSON."""
    try:
        output, _ = await asyncio.to_thread(process.communicate, timeout=30)
    finally:
        process.kill()
    return process.returncode, [as_json(line) for line in output.splitlines()]


def as_json(line: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        pytest.fail(f"a log line is not JSON: {line}")
    return found


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines]


async def test_sigterm_lets_an_open_request_end(bound: BoundService, client: httpx.AsyncClient) -> None:
    async with served(bound, client) as process:
        asking = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert (await asking).text == "done"
        code, lines = await ended(process)
    assert code == 0
    wanted = ["process.started", "process.stopping", "steady.stopped", "process.stopped"]
    assert [name for name in names(lines) if name in wanted] == wanted
    assert lines[0]["parts"] == [
        "loop-lag", "events", "http", "grpc", "relay", "jobs", "sealer", "fragile", "steady",
    ]  # fmt: skip


async def test_a_part_that_dies_takes_the_process_with_it(bound: BoundService, client: httpx.AsyncClient) -> None:
    async with served(bound, client) as process:
        await client.get("/die")
        code, lines = await ended(process)
    assert code == 1
    failed = next(line for line in lines if line["event"] == "process.failed")["exception"]
    assert "RuntimeError" in failed
    assert "fragile" in failed, "where it died; the words of an exception are for nobody's log"


async def test_only_runs_what_is_named(bound: BoundService, client: httpx.AsyncClient) -> None:
    async with served(bound, client, "http", "worker") as process:
        process.send_signal(signal.SIGTERM)
        _, lines = await ended(process)
    assert lines[0]["parts"] == ["loop-lag", "events", "http", "worker"]


async def test_the_garbage_collector_rests_until_the_process_runs_and_leaves_alone_what_was_there_by_then(
    bound: BoundService, client: httpx.AsyncClient
) -> None:
    async with served(bound, client, "http"):
        told = (await client.get("/collector")).json()
    assert told["while_built"] == [False]
    assert told["now"]
    assert told["frozen"] > 100_000


async def test_an_unknown_part_is_refused(bound: BoundService) -> None:
    code, lines = await ended(spawn(bound, "serve", "--only", "http,radio"))
    assert code == 1
    assert "unknown parts: radio" in lines[-1]["exception"]


async def test_a_missing_setting_is_named(bound: BoundService) -> None:
    process = spawn(bound, "serve", PINGSHAN_E_LICENSE_HTTP_PORT="many", PINGSHAN_E_LICENSE_ISSUER="")
    output, _ = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 2
    assert "PINGSHAN_E_LICENSE_HTTP_PORT" in output
    assert "PINGSHAN_E_LICENSE_ISSUER" in output
    assert "Traceback" not in output


async def test_a_taken_port_ends_the_process(bound: BoundService, client: httpx.AsyncClient) -> None:
    async with served(bound, client):
        code, _ = await ended(spawn(bound, "serve", "--only", "http"))
    assert code == 1


async def test_ready_again_after_nats_was_away(
    bound: BoundService, client: httpx.AsyncClient, platform: TestPlatform
) -> None:
    async with served(bound, client):
        platform.nats.kill()
        await eventually(partial(status, client), "degraded")
        assert (await client.get("/readyz")).status_code == 200
        platform.nats.start()
        await eventually(partial(status, client), "ready", seconds=30)


async def test_the_openapi_document_is_printed(bound: BoundService) -> None:
    process = spawn(bound, "openapi")
    output, _ = await asyncio.to_thread(process.communicate, timeout=30)
    assert "/things" in json.loads(output)["paths"]

"""Temporal's own development server, kept in a file: with WAL it is as fast as in memory."""

import asyncio
import json
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from pingshan_tools.process import Program, answers_http

_RECENT = 10
"""Seconds since a worker asked for a task."""


@dataclass(frozen=True)
class Temporal:
    folder: Path
    port: int
    ui_port: int
    metrics_port: int
    http_port: int
    namespaces: tuple[str, ...] = ("pingshan",)
    dynamic_config: tuple[str, ...] = ()
    """`key=value` with the value in JSON."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def program(server: Temporal) -> Program:
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL")
    ports = {"port": server.port, "ui-port": server.ui_port}
    ports |= {"metrics-port": server.metrics_port, "http-port": server.http_port}
    return Program(
        name="temporal",
        argv=(
            str(Path(sys.executable).with_name("temporal")),
            *("server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error", "--ui-disable-news-fetch"),
            *("--db-filename", str(server.folder / "temporal.db")),
            *(part for name, port in ports.items() for part in (f"--{name}", str(port))),
            *(part for namespace in server.namespaces for part in ("--namespace", namespace)),
            *(part for pragma in pragmas for part in ("--sqlite-pragma", pragma)),
            *(part for setting in server.dynamic_config for part in ("--dynamic-config-value", setting)),
        ),
        environment={"HOME": str(server.folder)},
        ready=lambda: is_ready(server),
    )


def prepare(server: Temporal) -> None:
    server.folder.mkdir(parents=True, exist_ok=True)


async def is_ready(server: Temporal) -> bool:
    """Returns whether every namespace answers, not just the port."""
    count = "/api/v1/namespaces/{}/workflow-count"
    return all([await answers_http("127.0.0.1", server.http_port, count.format(each)) for each in server.namespaces])


async def is_worked_on(server: Temporal, namespace: str, task_queue: str) -> bool:
    """Returns what `has_worker` does, of our own server: its HTTP API needs no import of the client, half a second."""
    path = f"/api/v1/namespaces/{namespace}/task-queues/{task_queue}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW"
    try:
        answer = await asyncio.to_thread(_asked, server.http_port, path)
    except (OSError, HTTPException, ValueError):
        return False
    seen = [datetime.fromisoformat(poller["lastAccessTime"]).timestamp() for poller in answer.get("pollers", ())]
    return max(seen, default=0) > time.time() - _RECENT


def _asked(port: int, path: str) -> dict[str, Any]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=3)) as connection:
        connection.request("GET", path)
        answer: dict[str, Any] = json.load(connection.getresponse())
        return answer


async def has_namespace(address: str, namespace: str) -> bool:
    from temporalio.client import Client
    from temporalio.service import RPCError

    try:
        client = await Client.connect(address, namespace=namespace)
        await client.count_workflows()
    except (RPCError, RuntimeError):
        return False
    return True


async def has_worker(address: str, namespace: str, task_queue: str) -> bool:
    """Returns whether somebody asked for workflow tasks in the last ten seconds, of any server."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
    from temporalio.client import Client
    from temporalio.service import RPCError

    try:
        client = await Client.connect(address, namespace=namespace)
        asked = DescribeTaskQueueRequest(
            namespace=namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await client.workflow_service.describe_task_queue(asked)
    except (RPCError, RuntimeError):
        return False
    newest = max((poller.last_access_time.seconds for poller in answer.pollers), default=0)
    return newest > time.time() - _RECENT

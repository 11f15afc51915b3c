"""Heavy pure work in a process of its own: one that is kept, works on one thing at a time, and is killed when it must.

A process, not a thread: pure Python holds the interpreter's lock, and beside a thread that reads a sheet the loop
waited for up to 150 ms at a time. Own code: a `ProcessPoolExecutor` cannot end one call without breaking those that
wait behind it, and its processes live on, waiting, where their parent was killed; here the pipe ends with the parent.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from pingshan_kit.errors import Unavailable
from pingshan_kit.redaction import Sayable
from pingshan_kit.worker_process import LENGTH, Outcome

T = TypeVar("T")

_MOST_WAITING = 4
"""Calls that may wait for the one at work."""
_PATIENCE = 6
"""Times its processor seconds that the work may take on a busy machine."""
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG")
"""Settings and secrets of the service are not the work's business."""


class WorkEnded(Sayable):
    """The work needed more time or memory than it has, and its process was ended."""


class WorkFailed(Sayable):
    """The work raised something else than a DomainError; only the name of its type is known here."""


class Worker:
    """Runs functions of a module, by name, in its one process, which starts when it is first needed.

    `imports`: modules that the work needs and its caller does not; they are there before the work's time begins.
    """

    def __init__(self, *imports: str) -> None:
        self._imports = imports
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def run(self, work: Callable[..., T], *args: object, seconds: float) -> T:
        """Returns what the work returns, and raises the DomainError that it raises.

        `seconds`: processor time that it may take. Raises WorkEnded beyond that or beyond 512 MiB of memory,
        Unavailable where four calls wait already.
        """
        if self._waiting > _MOST_WAITING:
            raise Unavailable(part="worker")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._run((work, args, seconds), seconds * _PATIENCE)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Ends the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _run(self, order: object, patience: float) -> T:
        if self._process is None or self._process.returncode is not None:
            self._process = await _started(self._imports)
        try:
            async with asyncio.timeout(patience):
                outcome, answer = await _asked(self._process, pickle.dumps(order))
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            await self.close()
            raise WorkEnded from error
        except BaseException:  # nobody waits for the answer, and the next must not get it
            await self.close()
            raise
        match outcome:
            case "refused":
                refusal, params = answer
                raise refusal(**params)
            case "failed":
                raise WorkFailed(answer)
        found: T = answer
        return found


async def _started(imports: tuple[str, ...]) -> Process:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pingshan_kit.worker_process",
        *imports,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,  # a traceback shows the values of the work
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )


async def _asked(process: Process, order: bytes) -> tuple[Outcome, Any]:
    assert process.stdin is not None  # noqa: S101 - a pipe, as the next
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(LENGTH.pack(len(order)) + order)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: tuple[Outcome, Any] = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - our own process
    return answer

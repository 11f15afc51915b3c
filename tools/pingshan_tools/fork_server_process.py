"""The process of a `ForkServer`: imports what programs need, and becomes one of them for each order that it gets.

It holds no thread, loop, channel or connection: those are made by a program after the fork, as in any other start.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from setproctitle import getproctitle, setproctitle, setthreadtitle

TITLE_ROOM = {"PINGSHAN_TITLE_ROOM": "." * 2_048}
"""A process title takes the place of the arguments and the environment that the process was started with."""
NO_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy, which shapely imports, would start threads at its import."""
_WHEN_NEEDED = (
    "alembic.command",
    "grpc_reflection.v1alpha.reflection",
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
    "pingshan_ui.ahead",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.websockets.auto",
    "httpcore",
    "pydantic.v1",  # by FastAPI, to compare each route's types with its own
)
"""What a service imports after its start."""
_ORDER_BYTES = 128 * 1024


class Parent:
    def __init__(self, connection: socket.socket, before: dict[str, str]) -> None:
        self._connection = connection
        self._before = before
        self._imported: set[str] = set()
        self._statuses: dict[int, int] = {}
        """Where the exit status of a child is told, by its pid."""

    def serve(self, imports: Sequence[str]) -> list[str]:
        """Follows orders, and imports meanwhile; ends the process with the connection.

        It returns in the children only: the arguments of the program that this process has become.
        """
        importlib.import_module("pingshan_kit")  # before gRPC, which it tells that no process forks with it
        waiting = deque(imports)
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())
        while True:
            if waiting and not select.select([self._connection], [], [], 0)[0]:
                with suppress(Exception):  # whoever needs it is told when it is ordered
                    self._import(waiting.popleft())
                continue
            message, files, _, _ = socket.recv_fds(self._connection, _ORDER_BYTES, 4, socket.MSG_CMSG_CLOEXEC)
            if not message:
                sys.exit()
            order = json.loads(message)
            if argv := self._follow(order, dict(zip(order["files"], files, strict=True))):
                return argv

    def _follow(self, order: dict[str, Any], files: dict[str, int]) -> list[str] | None:
        """Forks, and answers with the child's pid; with 0 where the program cannot be imported here."""
        try:
            self._import(order["argv"][2])
        except Exception as error:  # noqa: BLE001 - the ordinary start will say it, in the program's own log
            print(f"{order['argv'][2]}: {type(error).__name__}", flush=True)
            self._answer(0, files)
            return None
        gc.freeze()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if not pid:
            self._become(order, files)
        elif "status" in files:
            self._statuses[pid] = files.pop("status")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        if not pid:
            argv: list[str] = order["argv"]
            return argv
        self._answer(pid, files)
        return None

    def _answer(self, pid: int, files: dict[str, int]) -> None:
        for file in files.values():
            os.close(file)
        self._connection.send(str(pid).encode())

    def _import(self, module: str) -> None:
        """Imports a program, and forgets it: it is run as `__main__`, and what it imported is there for it."""
        if module in self._imported:
            return
        found = find_spec(module)
        name = f"{module}.__main__" if found and found.submodule_search_locations is not None else module
        for each in (name, *_WHEN_NEEDED):
            importlib.import_module(each)
        del sys.modules[name]
        self._imported.add(module)
        if len(threads := list(Path("/proc/self/task").iterdir())) > 1:
            sys.exit(f"{module} starts {len(threads) - 1} threads when it is imported")

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if (file := self._statuses.pop(ended[0], None)) is not None:
                    with suppress(OSError):
                        os.write(file, str(os.waitstatus_to_exitcode(ended[1])).encode())
                    os.close(file)

    def _become(self, order: dict[str, Any], files: dict[str, int]) -> None:
        """Takes everything that a start by `exec` would have given: session, files, environment, folder, signals."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._connection.close()
        for status in self._statuses.values():
            os.close(status)
        os.setsid()
        setproctitle(" ".join(order["argv"]))
        setthreadtitle(Path(order["argv"][0]).name)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(files["output"], 1)
        os.dup2(files.get("errors", files["output"]), 2)
        if "pid" in files:
            os.write(files["pid"], str(os.getpid()).encode())
        for file in files.values():
            os.close(file)
        imports_set = {name: value for name, value in os.environ.items() if self._before.get(name) != value}
        os.environ.clear()
        os.environ.update(imports_set | order["environment"])
        time.tzset()
        sys.argv = order["argv"][2:]


def main() -> None:
    gc.disable()  # and the programs decide themselves when it works again
    getproctitle()  # finds its room while the environment is whole
    for name in TITLE_ROOM:
        os.environ.pop(name, None)
    connection = socket.socket(fileno=os.dup(0))
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)
    module = Parent(connection, dict(os.environ)).serve(sys.argv[1:])[2]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

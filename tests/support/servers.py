"""Real servers for one test run, started when the first test asks, stopped when the run ends."""

import asyncio
import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psutil
from pingshan_tools.addresses import Ports
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.process import Program, is_running, spawn, stop, wait_ready

T = TypeVar("T")

PINGSHAN = str(Path(sys.executable).with_name("pingshan"))
"""The command, of the environment that runs the tests."""

POSTGRES_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=500",
    "autovacuum=off",
    "track_commit_timestamp=on",
)
"""Settings of the tests' PostgreSQL. Without fsync and whole pages in its log: a test kills processes, not the machine.
A benchmark reads when rows were committed."""

_BASES = range(20_000, 32_000, 1_000)
"""Below the ports that the kernel hands out by itself."""


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end, also while the loop of a test is running."""
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the caller's thread
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


def until(check: Callable[[], object], *, seconds: float = 20) -> None:
    """Waits until the check says so; fails with its last answer."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"{found!r} after {seconds} s"
        time.sleep(0.1)


def new_folder() -> Path:
    """A folder that the user nobody may enter (PostgreSQL runs as nobody where the tests run as root)."""
    _clear_left_over()
    folder = Path(tempfile.mkdtemp(prefix=f"pingshan-tests-{os.getpid()}-"))
    folder.chmod(0o711)
    return folder


def _clear_left_over() -> None:
    """Ends the servers of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("pingshan-tests-*"):
        owner = folder.name.split("-")[2]
        if owner.isdigit() and psutil.pid_exists(int(owner)):
            continue
        for state in folder.glob("**/run/state.json"):
            data = {"PINGSHAN_DATA": str(state.parents[1])}
            subprocess.run([PINGSHAN, "down"], env=os.environ | data, capture_output=True, check=False)
        for pid_file in folder.glob("**/*.pid"):
            _stop_left_over(pid_file, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _stop_left_over(pid_file: Path, folder: Path) -> None:
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if any(str(folder) in part for part in process.cmdline()):
            stop(process, seconds=2)
    except (OSError, ValueError, IndexError, psutil.Error):
        return


@cache
def fork_server() -> ForkServer:
    """The fork server of this run, from which our own programs are started; a module that ends it slows the next."""
    log = Path(tempfile.gettempdir()) / f"pingshan-fork-server-{os.getpid()}.log"
    atexit.register(log.unlink, missing_ok=True)
    return ForkServer(log)


@dataclass
class Running:
    """A started program; `kill` and `start` again for tests of faults."""

    program: Program
    folder: Path
    process: psutil.Process | None = None

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.program.name}.log"

    def start(self) -> "Running":
        pid_file = self.folder / f"{self.program.name}.pid"
        self.process = child = spawn(self.program, pid_file=pid_file, log_file=self.log_file, forks=fork_server())
        atexit.register(self.stop)
        wait_for(wait_ready(self.program, lambda: is_running(child), self.log_file))
        return self

    def kill(self) -> None:
        """SIGKILL, at once."""
        if self.process:
            self.process.kill()
            self.process.wait(5)
            self.process = None

    def stop(self) -> None:
        if self.process:
            stop(self.process, with_signal=self.program.stop_signal, seconds=self.program.stop_seconds)
            self.process = None
        atexit.unregister(self.stop)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answered(base: int) -> bool:
    listening = (each.laddr.port for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
    return any(base <= port < base + 1_000 for port in listening)


@dataclass
class PortBases:
    """Blocks of 1,000 ports that no other test run on this machine uses.

    A socket on its last port holds a block, also for runs with another TMPDIR. A block where somebody answers is passed
    over: a service that a killed run left behind would be taken for ours, and refuse everything without its database.
    """

    held: list[socket.socket] = field(default_factory=list)

    def take(self) -> Ports:
        for base in _BASES:
            lock = socket.socket()
            try:
                lock.bind(("127.0.0.1", base + 999))
            except OSError:
                lock.close()
                continue
            if _answered(base):
                lock.close()
                continue
            self.held.append(lock)
            return Ports(base)
        raise RuntimeError("all port blocks for tests are in use")

    def release(self) -> None:
        for lock in self.held:
            lock.close()

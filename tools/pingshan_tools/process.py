"""A program that outlives whoever started it: own session, pid file written by the program itself before it runs."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import psutil

if TYPE_CHECKING:
    from pingshan_tools.fork_server import ForkServer

_WRITE_PID_THEN_RUN = 'echo $$ >&0; exec "$@" </dev/null'


class ProgramError(Exception):
    """A program did not start or did not become ready; the message is for people."""


@dataclass(frozen=True)
class Program:
    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15
    ready_seconds: float = 60
    well: Callable[[], Awaitable[bool]] | None = None
    """Asked now and then while it runs; who keeps saying no is ended and started again (`launcher/supervisor.py`)."""
    user: tuple[int, int] | None = None
    """(uid, gid) to run as; None for the caller's."""


def spawn(program: Program, *, pid_file: Path, log_file: Path, forks: "ForkServer | None" = None) -> psutil.Process:
    """Starts a program whose output is appended to the log file, so that it goes on when the starter dies.

    Raises ProgramError where it has ended already.
    """
    with pid_file.open("wb") as pid, log_file.open("ab") as log:
        environment = inherited() | dict(program.environment)
        forked = None
        if forks is not None and program.user is None and program.folder == Path("/"):
            forked = forks.fork(program.argv, environment, output=log.fileno(), pid=pid.fileno())
        number = forked or _execute(program, environment, pid, log)
    try:
        return psutil.Process(number)
    except psutil.NoSuchProcess:
        raise ProgramError(f"{program.name} stopped while starting. The end of {log_file}:\n{tail(log_file)}") from None


def _execute(program: Program, environment: Mapping[str, str], pid: BinaryIO, log: BinaryIO) -> int:
    uid, gid = program.user or (None, None)
    return subprocess.Popen(
        ["/bin/sh", "-c", _WRITE_PID_THEN_RUN, "sh", *program.argv],
        stdin=pid,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=program.folder,
        env=environment,
        start_new_session=True,
        user=uid,
        group=gid,
        extra_groups=[] if uid is not None else None,
    ).pid


def inherited() -> dict[str, str]:
    """Returns the variables that programs need, so that no settings of other services leak into a child."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")
    return {
        name: value for name, value in os.environ.items() if name in kept or name.startswith(("OTEL_", "COVERAGE_"))
    }


def survivor(argv: Sequence[str], pid_file: Path) -> psutil.Process | None:
    """Returns the running process of this program; None where the pid file no longer tells the truth."""
    try:
        process = psutil.Process(int(pid_file.read_text()))
        # The title of a forked program is one text, with nothing behind it up to the length of its parent's arguments.
        same = " ".join(process.cmdline()).rstrip(" ") == " ".join(argv)
    except (OSError, ValueError, psutil.Error):
        return None
    return process if same and is_running(process) else None


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def stop(process: psutil.Process, *, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 15) -> bool:
    """Ends the process; returns whether it went by itself within the time, or had to be killed with its session."""
    try:
        process.send_signal(with_signal)
    except psutil.NoSuchProcess:
        return True
    if _gone(process, seconds):
        return True
    kill_session(process)
    _gone(process, 5)
    return False


def kill_session(process: psutil.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _gone(process: psutil.Process, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


async def wait_ready(program: Program, alive: Callable[[], bool], log_file: Path) -> None:
    """Waits until the program is ready. Raises ProgramError with the log's end where it dies or stays silent."""
    end = time.monotonic() + program.ready_seconds
    while not await program.ready():
        if not alive():
            raise ProgramError(f"{program.name} stopped while starting. The end of {log_file}:\n{tail(log_file)}")
        if time.monotonic() > end:
            raise ProgramError(
                f"{program.name} was not ready within {program.ready_seconds:.0f} s. "
                f"The end of {log_file}:\n{tail(log_file)}"
            )
        await asyncio.sleep(0.05)


def tail(log_file: Path, lines: int = 15) -> str:
    try:
        text = log_file.read_bytes()[-16_384:].decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


async def answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def answers_http(host: str, port: int, path: str) -> bool:
    """Returns whether GET `path` gives 200 within three seconds."""
    try:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
            status = await reader.readline()
    except (OSError, TimeoutError):
        return False
    writer.close()
    return status.split()[1:2] == [b"200"]


def run_to_end(
    name: str,
    argv: Sequence[str],
    *,
    user: tuple[int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    forks: "ForkServer | None" = None,
) -> str:
    """Runs a program and returns what it printed. Raises ProgramError with what it said where it fails.

    A program that is forked must be one that may run twice: where the fork server died over it, it is run again.
    """
    values = inherited() | dict(environment or {})
    done = forks.run(argv, values) if forks is not None else None
    if done is None:
        uid, gid = user or (None, None)
        done = subprocess.run(
            list(argv),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=values,
            user=uid,
            group=gid,
            extra_groups=[] if uid is not None else None,
        )
    if done.returncode:
        raise ProgramError(f"{name} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout

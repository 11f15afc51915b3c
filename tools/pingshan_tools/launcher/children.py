"""Children of the supervisor, known by files: any later process can find, adopt and stop them."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

from pingshan_tools import process
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.launcher.places import Places
from pingshan_tools.process import Program

LOG_LIMIT = 10 * 1024 * 1024
"""Bytes of one log file; the one before is kept, too."""


@dataclass(frozen=True)
class Record:
    """Describes a program that was started, as its file says."""

    name: str
    argv: tuple[str, ...]
    stop_signal: signal.Signals
    stop_seconds: float
    order: int
    """Children are stopped from the highest number down."""
    fingerprint: str
    """Hash of everything that it was started with."""


def start(program: Program, places: Places, order: int, forks: ForkServer | None = None) -> psutil.Process:
    """Starts a child, by `forks` where there is one. Raises ProgramError, OSError."""
    record = {
        "argv": program.argv,
        "stop_signal": program.stop_signal.value,
        "stop_seconds": program.stop_seconds,
        "order": order,
        "fingerprint": fingerprint(program),
    }
    file = places.run / f"{program.name}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps(record))
    new.replace(file)
    pid_file = places.run / f"{program.name}.pid"
    return process.spawn(program, pid_file=pid_file, log_file=places.log(program.name), forks=forks)


def fingerprint(program: Program) -> str:
    """Returns a hash that changes with the command and with any setting."""
    started_with = json.dumps([program.argv, sorted(program.environment.items())])
    return hashlib.sha256(started_with.encode()).hexdigest()


def reap(child: psutil.Process) -> None:
    """Takes the exit status of an own child, so that it does not stay as a zombie; an adopted one is not ours."""
    try:
        os.waitpid(child.pid, os.WNOHANG)
    except ChildProcessError:
        return


def records(places: Places) -> Iterator[Record]:
    for file in places.run.glob("*.json"):
        if file == places.state_file:
            continue
        body = json.loads(file.read_text())
        stop_signal = signal.Signals(body["stop_signal"])
        yield Record(
            file.stem, tuple(body["argv"]), stop_signal, body["stop_seconds"], body["order"], body["fingerprint"]
        )


def running(record: Record, places: Places) -> psutil.Process | None:
    return process.survivor(record.argv, places.run / f"{record.name}.pid")


def missing(program: Program, places: Places) -> bool:
    """Returns whether no process of this program runs."""
    return process.survivor(program.argv, places.run / f"{program.name}.pid") is None


def adopt(program: Program, places: Places, *, fresh: bool) -> psutil.Process | None:
    """Returns an earlier supervisor's survivor; stops one that is not fresh, or was started differently."""
    for record in records(places):
        if record.name != program.name:
            continue
        if fresh and record.fingerprint == fingerprint(program):
            return running(record, places)
        stop(record, places)
    return None


def stop(record: Record, places: Places) -> bool:
    """Stops a child; returns whether it went by itself in time, or was not there, else it was killed."""
    child = running(record, places)
    went = process.stop(child, with_signal=record.stop_signal, seconds=record.stop_seconds) if child else True
    (places.run / f"{record.name}.pid").unlink(missing_ok=True)
    return went


def cap_log(places: Places, name: str) -> None:
    """Copies too long a log aside and cuts it, as the child appends to the open file; on a full disk only cuts."""
    log = places.log(name)
    try:
        if log.stat().st_size <= LOG_LIMIT:
            return
    except FileNotFoundError:
        return
    with suppress(OSError):
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)

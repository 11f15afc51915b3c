"""What benchmarks measure with: CPU-seconds of processes, commits of a database, and wrk as load generator.

wrk is C and keeps its own latencies; a client in Python would cost more than the servers that are measured. Debian has
it (`apt-get install wrk`), no package of Python does.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

CHECKED = Path(__file__).with_name("checked.lua")
"""What every script of wrk ends with: wrong answers are counted, and the result is printed as JSON."""

Processes = Callable[[], list[psutil.Process]]


def tree_of(process: psutil.Process) -> Processes:
    """Returns what finds a process and all its children of the moment."""
    return lambda: [process, *process.children(recursive=True)]


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Returns the CPU time of the processes, user and system, in seconds; children that ended are counted in."""
    return sum(_cpu_seconds(each) for each in processes)


def _cpu_seconds(process: psutil.Process) -> float:
    """Returns 0 for one that has ended since it was looked for: its parent, who waited for it, counts it."""
    try:
        return sum(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0


@dataclass(frozen=True)
class Load:
    """What one run of wrk did: answers as they should be, seconds, and latencies in milliseconds."""

    answers: int
    wrong: int
    seconds: float
    p50: float
    p99: float
    first_wrong: str

    def checked(self) -> "Load":
        """Returns itself; raises AssertionError where an answer was not as the script expects."""
        assert self.wrong == 0, f"{self.wrong} of {self.answers} answers are wrong, the first: {self.first_wrong}"
        assert self.answers > 0, "no answer at all"
        return self


def wrk(url: str, script: str, *, seconds: float, connections: int, threads: int = 1) -> Load:
    """Returns what wrk measured of one closed loop: each connection asks again as soon as it was answered.

    `script` sets `wrk.method`, `wrk.headers`, `wrk.body` (or defines `request`), and `right(status, headers, body)`.
    Raises AssertionError where wrk is not installed or fails.
    """
    program = shutil.which("wrk")
    assert program is not None, "needs wrk (Debian: wrk)"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + CHECKED.read_text("utf-8"))
        file.flush()
        argv = [program, f"-t{threads}", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s"]
        done = subprocess.run([*argv, "-s", file.name, url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.rpartition("RESULT ")[2])
    return Load(**found)


def lua(value: str) -> str:
    """Returns a text as a literal of Lua."""
    return '"' + "".join(c if c.isalnum() or c in "-_.~ /:=&?%" else f"\\{ord(c)}" for c in value) + '"'


def asking(
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str = "",
    expects: str = "",
    status: int = 200,
) -> str:
    """Returns a script that asks always the same; an answer is right by its status and a part of its body."""
    lines = [f"wrk.method = {lua(method)}"]
    lines += [f"wrk.headers[{lua(name)}] = {lua(value)}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"wrk.body = {lua(body)}")
    condition = f"status == {status}" + (f" and string.find(body, {lua(expects)}, 1, true)" if expects else "")
    lines.append(f"function right(status, headers, body) return {condition} end\n")
    return "\n".join(lines)


@dataclass(frozen=True)
class Spent:
    """What some acts cost."""

    acts: int
    server: float
    """CPU-seconds."""
    wall: float
    load: Load

    @property
    def per_cpu_second(self) -> float:
        return self.acts / self.server


def spent(processes: Processes, work: Callable[[], Load], *, by_itself: float = 0.0) -> Spent:
    """Returns what the processes spent on a load, less what they do by themselves, in cores (`cores_of_idle`)."""
    before, begun = cpu_seconds(processes()), time.perf_counter()
    load = work().checked()
    wall = time.perf_counter() - begun
    return Spent(load.answers, cpu_seconds(processes()) - before - by_itself * wall, wall, load)


def cores_of_idle(processes: Processes, *, seconds: float = 10) -> float:
    """Returns how many cores the processes use while nobody asks them anything.

    On a busy machine, where few answers fit into a second, it is a large part of what is counted.
    """
    before = cpu_seconds(processes())
    time.sleep(seconds)
    return (cpu_seconds(processes()) - before) / seconds


async def commits(url: str) -> int:
    """Returns how many transactions the database has committed since its statistics began, those of reads included.

    Sessions report what they did when they end or after a second, so this waits for that.
    """
    connection = await asyncpg.connect(url)
    try:
        query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        await connection.execute("SELECT pg_sleep(1.2), pg_stat_force_next_flush()")
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def writes(url: str) -> int:
    """Returns how many transactions that wrote the database server has begun; only such get a number."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))
    finally:
        await connection.close()

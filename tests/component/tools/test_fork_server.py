"""A forked program is the program that an ordinary start gives, and a dead fork server only makes a start slower."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from pingshan_tools.addresses import package_name
from pingshan_tools.edges import SERVICES
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.process import Program, ProgramError, inherited, is_running, run_to_end, spawn, stop, survivor

from tests.support.servers import fork_server, until

_LOOK = """
import json, os, resource, signal, sys, threading
fds = {}
for each in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        fds[each] = os.readlink(f"/proc/self/fd/{each}")
    except OSError:
        pass
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "flags": str(sys.flags), "encoding": [sys.stdout.encoding, sys.stderr.errors],
    "environment": dict(os.environ), "folder": os.getcwd(), "umask": os.umask(0o22), "nice": os.nice(0),
    "user": [os.getuid(), os.getgid(), sorted(os.getgroups())],
    "leads": os.getpid() == os.getsid(0) == os.getpgid(0), "files": fds, "threads": threading.active_count(),
    "limits": [resource.getrlimit(each) for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
    "signals": {each.name: str(signal.getsignal(each)) for each in signal.valid_signals() if hasattr(each, "name")},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "main": sys.modules["__main__"].__name__,
}), flush=True)
"""
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}
_OF_THE_KIT = {"GRPC_ENABLE_FORK_SUPPORT"}


def script(code: str) -> tuple[str, ...]:
    """Code as a program of the form `python -m …`."""
    return (sys.executable, "-m", "timeit", "-n1", "-r1", code)


async def always() -> bool:
    return True


@dataclass
class Started:
    folder: Path
    process: psutil.Process
    program: Program

    @property
    def pid_file(self) -> Path:
        return self.folder / "it.pid"

    @property
    def said(self) -> str:
        return (self.folder / "it.log").read_text()


def started(folder: Path, code: str, forks: ForkServer | None) -> Started:
    folder.mkdir()
    program = Program("it", script(code), always, {"PINGSHAN_TRIED": "坪山", "TZ": "Asia/Shanghai"})
    process = spawn(program, pid_file=folder / "it.pid", log_file=folder / "it.log", forks=forks)
    return Started(folder, process, program)


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[ForkServer]:
    made = ForkServer(tmp_path / "fork-server.log")
    yield made
    made.close()


def looked(folder: Path, forks: ForkServer | None) -> dict[str, Any]:
    it = started(folder, f"{_LOOK}\nimport time; time.sleep(300)", forks)
    until(lambda: it.said.endswith("\n"))
    found: dict[str, Any] = json.loads(it.said.splitlines()[0])
    found["title"] = " ".join(it.process.cmdline()).rstrip()
    found["name"] = it.process.name()
    found["survives"] = survivor(it.program.argv, it.pid_file) == it.process
    found["ends in time"] = stop(it.process, seconds=5)
    assert survivor(it.program.argv, it.pid_file) is None
    found["files"] = {number: name.replace(str(folder), "") for number, name in found["files"].items()}
    found["environment"] = {name: value for name, value in found["environment"].items() if name not in _OF_THE_SHELL}
    return found


def test_a_forked_program_finds_what_an_ordinary_one_finds(tmp_path: Path, forks: ForkServer) -> None:
    ordinary, forked = looked(tmp_path / "ordinary", None), looked(tmp_path / "forked", forks)
    assert forks.pid, "it was no fork"
    assert {name: forked["environment"].pop(name) for name in _OF_THE_KIT} == {"GRPC_ENABLE_FORK_SUPPORT": "0"}
    assert forked == ordinary
    assert forked["survives"]
    assert forked["ends in time"]


def test_a_program_runs_to_its_end_and_its_failure_is_told(forks: ForkServer) -> None:
    assert run_to_end("it", script("print('did it')"), forks=forks).startswith("did it\n")
    assert run_to_end("it", script("print('坪' * 200_000)"), forks=forks).startswith("坪" * 200_000)
    with pytest.raises(ProgramError, match=r"it failed \(1\):\n(.|\n)*ZeroDivisionError"):
        run_to_end("it", script("1 / 0"), forks=forks)
    with pytest.raises(ProgramError, match=r"it failed \(3\):"):
        run_to_end("it", script("import os; os._exit(3)"), forks=forks)
    with pytest.raises(ProgramError, match=r"it failed \(-9\):"):
        run_to_end("it", script("import os; os.kill(os.getpid(), 9)"), forks=forks)
    assert forks.pid


def test_what_is_printed_and_what_is_complained_of_stay_apart(forks: ForkServer) -> None:
    code = (
        "import sys; print('to the output'); print('to the errors', file=sys.stderr); sys.stdout.flush(); os._exit(4)"
    )
    done = forks.run(script(f"import os; {code}"), inherited())
    assert done is not None
    assert (done.stdout, done.stderr, done.returncode) == ("to the output\n", "to the errors\n", 4)


def test_many_at_once_keep_their_output_apart(forks: ForkServer) -> None:
    def told(number: int) -> str:
        return run_to_end("it", script(f"import time; time.sleep(0.3); print({number})"), forks=forks).split()[0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(told, range(8))) == [str(number) for number in range(8)]


def test_what_cannot_be_imported_is_started_the_ordinary_way_and_says_why(forks: ForkServer) -> None:
    with pytest.raises(ProgramError, match="No module named pingshan_nowhere"):
        run_to_end("it", (sys.executable, "-m", "pingshan_nowhere"), forks=forks)
    assert run_to_end("it", script("print('goes on')"), forks=forks).startswith("goes on")


def test_a_dead_fork_server_is_a_slower_start_and_its_programs_live_on(tmp_path: Path, forks: ForkServer) -> None:
    before = started(tmp_path / "before", "import time; time.sleep(300)", forks)
    assert before.process.ppid() == forks.pid
    os.kill(forks.pid, signal.SIGKILL)
    after = started(tmp_path / "after", "import time; time.sleep(300)", forks)
    assert after.process.ppid() == os.getpid()
    assert run_to_end("it", script("print('did it')"), forks=forks).startswith("did it\n")
    for each in (before, after):
        assert survivor(each.program.argv, each.pid_file) == each.process
        assert stop(each.process, seconds=5)


def test_what_ran_when_the_fork_server_died_is_run_again(tmp_path: Path, forks: ForkServer) -> None:
    runs = tmp_path / "runs"
    code = f"""
import os, pathlib
runs = pathlib.Path({str(runs)!r})
first = not runs.exists()
runs.open("a").write(".")
if first:
    os.kill(os.getppid(), 9)
"""
    assert run_to_end("it", script(code), forks=forks)
    assert runs.read_text() == ".."


def test_programs_outlive_the_fork_server_that_is_closed(tmp_path: Path, forks: ForkServer) -> None:
    it = started(tmp_path / "it", "import time; time.sleep(300)", forks)
    server = psutil.Process(forks.pid)
    forks.close()
    until(lambda: not is_running(server))
    assert survivor(it.program.argv, it.pid_file) == it.process
    assert stop(it.process, seconds=5)
    assert forks.fork(script("pass"), {}, output=1) is None


def test_all_services_are_imported_without_a_thread_before_the_fork() -> None:
    for service in SERVICES:
        argv = (sys.executable, "-m", package_name(service), "--help")
        assert "verify-records" in run_to_end(service, argv, forks=fork_server())
    assert psutil.Process(fork_server().pid).num_threads() == 1


def test_what_a_service_imports_after_its_start_is_there_after_the_fork(tmp_path: Path) -> None:
    """The packages of the exporter, the HTTP server and the pages are imported once, not by each service."""
    script = tmp_path / "later.py"
    script.write_text(
        "import sys\n"
        "from pingshan_tools.fork_server_process import Parent\n"
        "Parent(None, {})._import('pingshan_e_license')\n"
        "before = set(sys.modules)\n"
        "from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter\n"
        "import asyncio, uvicorn\n"
        "uvicorn.Config(None, http=asyncio.Protocol, lifespan='off').load()\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr

"""One service with all servers beneath: what `pingshan up` promises when parts die."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from pingshan_tools.addresses import base_from_environment
from pingshan_tools.launcher import children, state
from pingshan_tools.process import is_running

from tests.support.running import RunningPlatform
from tests.support.servers import PortBases, until

PARTS = ("postgresql", "nats", "temporal", "trace-sink", "simulators", "e-license")


@pytest.fixture(scope="module")
def small(run_folder: Path, port_bases: PortBases) -> Iterator[RunningPlatform]:
    running = RunningPlatform(run_folder / "launcher" / "platform", port_bases.take(), services="e-license")
    running.data.parent.mkdir(mode=0o711)
    running.command("up")
    yield running
    running.command("down")


def supervisor_of(platform: RunningPlatform) -> psutil.Process:
    found = state.supervisor(platform.places)
    assert found is not None
    return found


def fork_servers(supervisor: psutil.Process) -> list[psutil.Process]:
    return [
        child
        for child in supervisor.children()
        if is_running(child) and "pingshan_tools.fork_server_process" in child.cmdline()
    ]


def test_everything_is_ready_and_the_addresses_are_printed(small: RunningPlatform) -> None:
    printed = small.command("up")
    assert small.state().all_ready
    assert set(small.state().parts) == set(PARTS)
    assert f"http://localhost:{small.ports.http('e-license')}" in printed


def test_the_services_are_forks_and_what_they_were_forked_from_has_gone(small: RunningPlatform) -> None:
    supervisor = supervisor_of(small)
    for name in ("trace-sink", "simulators", "e-license"):
        assert psutil.Process(small.pid(name)).ppid() != supervisor.pid
    assert fork_servers(supervisor) == []


def test_a_second_up_starts_nothing(small: RunningPlatform) -> None:
    before = {name: small.pid(name) for name in PARTS}
    supervisor = supervisor_of(small)
    began = time.monotonic()
    small.command("up")
    assert time.monotonic() - began < 10
    assert {name: small.pid(name) for name in PARTS} == before
    assert supervisor_of(small).pid == supervisor.pid


def test_of_several_ups_at_once_each_ends_when_the_one_platform_is_ready(small: RunningPlatform) -> None:
    small.command("down")
    with ThreadPoolExecutor() as pool:
        printed = list(pool.map(lambda _: small.command("up"), range(3)))
    assert small.state().all_ready
    address = f"http://localhost:{small.ports.http('e-license')}"
    assert all(address in each for each in printed)


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back(small: RunningPlatform, name: str) -> None:
    restarts = small.state().parts[name].restarts
    killed = small.kill(name)
    small.wait_until(lambda shown: shown.parts[name].restarts > restarts and shown.all_ready)
    assert small.pid(name) != killed


def test_the_parts_survive_a_killed_supervisor_and_the_next_up_adopts_them(small: RunningPlatform) -> None:
    before = {name: small.pid(name) for name in PARTS}
    supervisor = supervisor_of(small)
    supervisor.send_signal(signal.SIGKILL)
    while is_running(supervisor):
        time.sleep(0.05)
    assert {name: small.pid(name) for name in PARTS} == before
    small.command("status", succeeds=False)
    small.command("up")
    assert {name: small.pid(name) for name in PARTS} == before
    assert supervisor_of(small).pid != supervisor.pid


def test_a_part_that_died_with_the_supervisor_is_started_again(small: RunningPlatform) -> None:
    nats = small.pid("nats")
    supervisor_of(small).send_signal(signal.SIGKILL)
    killed = small.kill("e-license")
    small.command("up")
    assert small.pid("nats") == nats
    assert small.pid("e-license") != killed


def test_a_survivor_with_other_settings_is_replaced(small: RunningPlatform) -> None:
    """Whoever changes a setting and types `pingshan up` after a crash gets the setting."""
    sink, nats = small.pid("trace-sink"), small.pid("nats")
    file = small.places.run / "trace-sink.json"
    file.write_text(file.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    supervisor_of(small).send_signal(signal.SIGKILL)
    small.command("up")
    assert small.pid("trace-sink") != sink
    assert small.pid("nats") == nats


def test_secrets_are_for_their_owner_only_and_stay(small: RunningPlatform) -> None:
    key = small.places.secrets / "e-license" / "service_key.pem"
    before = key.read_text()
    small.command("up")
    assert key.read_text() == before
    for file in small.places.secrets.rglob("*"):
        assert not file.stat().st_mode & 0o077, file


def test_nothing_of_it_can_be_read_by_others_nor_after_an_older_version(small: RunningPlatform) -> None:
    """But PostgreSQL's folder, whose user closes it, and the public keys."""
    apart = (small.data / "postgres", small.data / "service_jwks.json")
    seen = [path for path in small.data.rglob("*") if not any(path.is_relative_to(each) for each in apart)]
    assert small.data / "temporal" / "temporal.db" in seen
    assert [path for path in seen if not path.is_symlink() and path.stat().st_mode & 0o077] == []
    assert (small.data / "postgres" / "cluster").stat().st_mode & 0o077 == 0
    assert small.data.stat().st_mode & 0o066 == 0
    database = small.data / "temporal" / "temporal.db"
    database.chmod(0o644)
    database.parent.chmod(0o755)
    said = "".join(small.command("doctor", succeeds=False).split())  # a long path is broken at the terminal's width
    assert f"{database}isopentoothers" in said
    small.command("up")
    assert database.stat().st_mode & 0o077 == 0
    assert database.parent.stat().st_mode & 0o777 == 0o700


def test_another_port_base_is_refused_while_it_runs(small: RunningPlatform) -> None:
    other = RunningPlatform(small.data, type(small.ports)(small.ports.base + 5), services="e-license")
    assert "pingshan down" in other.command("up", succeeds=False)


def test_a_log_is_cut_before_it_fills_the_disk(small: RunningPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    log = small.places.log("nats")
    monkeypatch.setattr(children, "LOG_LIMIT", 10)
    kept = log.read_bytes()
    children.cap_log(small.places, "nats")
    assert log.stat().st_size == 0
    assert log.with_suffix(".log.1").read_bytes() == kept


def test_what_was_kept_is_there_after_down_and_up(small: RunningPlatform) -> None:
    cluster = small.data / "postgres" / "cluster" / "PG_VERSION"
    made = cluster.stat().st_mtime_ns
    pids = [small.pid(name) for name in PARTS]
    small.command("down")
    assert not any(psutil.pid_exists(pid) and is_running(psutil.Process(pid)) for pid in pids)
    small.command("up")
    assert cluster.stat().st_mtime_ns == made
    assert small.state().all_ready


def test_a_killed_fork_server_is_a_slower_start_and_nothing_else(small: RunningPlatform) -> None:
    small.command("down")

    def killed() -> bool:
        supervisor = state.supervisor(small.places)
        found = fork_servers(supervisor) if supervisor else []
        for each in found:
            each.kill()
        return bool(found)

    with ThreadPoolExecutor(1) as pool:
        up = pool.submit(small.command, "up")
        until(killed)
        up.result()
    assert small.state().all_ready
    assert not any(part.failures for part in small.state().parts.values())
    assert psutil.Process(small.pid("e-license")).ppid() == supervisor_of(small).pid


def test_a_taken_port_is_named_and_nothing_starts(run_folder: Path, port_bases: PortBases) -> None:
    platform = RunningPlatform(run_folder / "taken", port_bases.take(), services="e-license")
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", platform.ports.nats))
        occupied.listen()
        printed = platform.command("up", succeeds=False)
    assert f"TCP port {platform.ports.nats} (nats) is taken" in printed
    assert f"process {os.getpid()}" in printed
    assert "PINGSHAN_PORT_BASE" in printed
    assert list(platform.places.run.glob("*.pid")) == []


@pytest.mark.parametrize("base", ["eighteen", "80", "70000"])
def test_a_port_base_that_makes_no_sense_is_refused(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINGSHAN_PORT_BASE", base)
    with pytest.raises(ValueError, match="PINGSHAN_PORT_BASE must be a number"):
        base_from_environment()

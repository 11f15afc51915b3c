"""Servers that somebody else runs, named by settings alone: the launcher starts none of its own."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pingshan_tools.addresses import Ports
from pingshan_tools.embedded import postgres
from pingshan_tools.embedded.temporal import Temporal
from pingshan_tools.launcher import outside, state
from pingshan_tools.launcher.places import Places
from pingshan_tools.process import Program, answers

from tests.support.servers import PINGSHAN, PortBases, Running, free_port

_NATS_SERVER = str(Path(PINGSHAN).with_name("nats-server"))


@pytest.fixture(scope="module")
def folder(run_folder: Path) -> Path:
    made = run_folder / "outside"
    made.mkdir(mode=0o711)
    return made


@pytest.fixture(scope="module")
def places(folder: Path) -> Places:
    return Places(folder / "platform")


@pytest.fixture(scope="module")
def ports(port_bases: PortBases) -> Ports:
    return port_bases.take()


@pytest.fixture(scope="module")
def own(places: Places, ports: Ports) -> dict[str, str]:
    """The environment without any outside server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PINGSHAN_", "OTEL_"))}
    mine = {"PINGSHAN_DATA": str(places.data), "PINGSHAN_PORT_BASE": str(ports.base), "PINGSHAN_SERVICES": "workflow"}
    return kept | mine


@pytest.fixture(scope="module")
def postgres_url(folder: Path) -> Iterator[str]:
    server = postgres.Postgres(folder / "postgres", free_port(), "of-somebody-else", ("fsync=off",))
    postgres.prepare(server)
    running = Running(postgres.program(server), folder).start()
    yield server.url()
    running.stop()


@pytest.fixture(scope="module")
def nats_url(folder: Path, own: dict[str, str]) -> Iterator[str]:
    """As the how-to says: an own configuration that includes what `pingshan nats-accounts` prints."""
    port = free_port()
    (folder / "accounts.conf").write_text(command("nats-accounts", own))
    configuration = folder / "nats.conf"
    configuration.write_text(
        f"listen: 127.0.0.1:{port}\n"
        f'jetstream {{ store_dir: "{folder / "jetstream"}", max_file_store: 5GB }}\n'
        "include accounts.conf\n"
    )
    program = Program("nats", (_NATS_SERVER, "--config", str(configuration)), ready=lambda: answers("127.0.0.1", port))
    running = Running(program, folder).start()
    yield f"nats://127.0.0.1:{port}"
    running.stop()


@pytest.fixture(scope="module")
def settings(
    own: dict[str, str], postgres_url: str, nats_url: str, temporal_server: Temporal, temporal_namespaces: Iterator[str]
) -> Iterator[dict[str, str]]:
    servers = {
        "PINGSHAN_POSTGRES_URL": postgres_url,
        "PINGSHAN_NATS_URL": nats_url,
        "PINGSHAN_TEMPORAL_ADDRESS": temporal_server.address,
        "PINGSHAN_TEMPORAL_NAMESPACE": next(temporal_namespaces),
    }
    yield own | servers
    command("down", own)


def command(name: str, environment: dict[str, str], *options: str, succeeds: bool = True) -> str:
    done = subprocess.run([PINGSHAN, name, *options], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == succeeds, f"pingshan {name}:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_a_missing_namespace_is_named_with_the_way_to_make_it(settings: dict[str, str], places: Places) -> None:
    lacking = settings | {"PINGSHAN_TEMPORAL_NAMESPACE": "nobody-made-it"}
    printed = command("up", lacking, "--wait", "60", succeeds=False)
    command("down", lacking)
    assert "has no namespace nobody-made-it" in printed
    assert "temporal operator namespace create" in printed


def test_the_platform_becomes_ready_on_servers_of_others(settings: dict[str, str], places: Places) -> None:
    command("up", settings)
    shown = state.read(places)
    assert shown is not None
    assert shown.all_ready
    assert set(shown.parts) == {"simulators", "trace-sink", "workflow", "workflow-worker"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("PINGSHAN_POSTGRES_URL", "localhost:5432"), ("PINGSHAN_NATS_URL", "nats:4222"), ("PINGSHAN_NATS_URL", "nats://")],
)
def test_a_setting_that_is_no_address_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        outside.from_environment({name: value})

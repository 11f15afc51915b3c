"""`pingshan rotate-data-key`: a new key for a platform that stands still, and how far its re-encryption is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pingshan_tools.embedded.postgres import Postgres
from pingshan_tools.launcher import children
from pingshan_tools.launcher.places import Places
from pingshan_tools.process import Program

from tests.support.platform import TestPlatform
from tests.support.servers import PINGSHAN


@pytest.fixture
def places(tmp_path: Path, secrets_folder: Path) -> Places:
    """A data folder with the secrets of this run's database roles."""
    places = Places(tmp_path / "platform")
    places.make()
    shutil.copytree(secrets_folder, places.secrets, dirs_exist_ok=True)
    return places


def command(places: Places, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PINGSHAN_", "OTEL_"))}
    argv = [PINGSHAN, "rotate-data-key", *arguments]
    mine = {"PINGSHAN_DATA": str(places.data), **environment}
    return subprocess.run(argv, env=kept | mine, capture_output=True, text=True, check=False)


def keys(places: Places, service: str = "alerts") -> list[str]:
    return (places.secrets / service / "data_key").read_text().split()


def test_a_new_key_comes_first_and_says_what_to_do_next(places: Places) -> None:
    before = {file: file.read_text() for file in places.secrets.rglob("*") if file.is_file()}
    done = command(places, "alerts")
    assert done.returncode == 0, done.stdout
    assert "pingshan rotate-data-key alerts --status" in done.stdout
    new, old = keys(places)
    after = {file: file.read_text() for file in places.secrets.rglob("*") if file.is_file()}
    assert {file for file in after if after[file] != before.get(file)} == {places.secrets / "alerts" / "data_key"}
    assert (old, len(new)) == (before[places.secrets / "alerts" / "data_key"].strip(), 64)


def test_an_unknown_service_is_refused(places: Places) -> None:
    done = command(places, "weather")
    assert (done.returncode, "There is no service weather." in done.stdout) == (1, True)


@pytest.fixture
def something_runs(places: Places) -> Iterator[None]:
    async def ready() -> bool:
        return True

    program = Program("alerts", (sys.executable, "-c", "import time; time.sleep(60)"), ready)
    child = children.start(program, places, 0)
    yield
    child.kill()
    child.wait(5)


@pytest.mark.usefixtures("something_runs")
def test_while_anything_runs_it_is_refused(places: Places) -> None:
    """A process that has read the old key alone could not read what its twin encrypts with the new one."""
    before = keys(places)
    done = command(places, "alerts")
    assert (done.returncode, "pingshan down" in done.stdout) == (1, True)
    assert keys(places) == before


def test_the_status_tells_how_much_is_left(places: Places, platform: TestPlatform, postgres_server: Postgres) -> None:
    platform.templates.clone("alerts", platform.service("alerts"), seeded=False)
    outside = {"PINGSHAN_POSTGRES_URL": postgres_server.url()}
    assert command(places, "alerts").returncode == 0
    done = command(places, "alerts", "--status", **outside)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith("newest data key ")
    assert "notification.mobile_number: 0 done, 0 left" in lines
    assert lines[-1] == "The older keys may be removed."

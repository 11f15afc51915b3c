"""`pingshan rotate-event-key`: a new key beside the older ones, until these are withdrawn."""

import json
import os
import subprocess
from pathlib import Path

from pingshan_tools.launcher.places import Places

from tests.support.servers import PINGSHAN


def command(places: Places, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PINGSHAN_", "OTEL_"))}
    argv = [PINGSHAN, "rotate-event-key", *arguments]
    mine = {"PINGSHAN_DATA": str(places.data)}
    return subprocess.run(argv, env=kept | mine, capture_output=True, text=True, check=False)


def public(places: Places) -> list[str]:
    """The ids of alerts' keys that listeners believe, the newest first."""
    documents = json.loads(places.service_jwks.read_text())["event_keys"]
    return [document["kid"] for document in documents if document["kid"].startswith("alerts.")]


def test_a_new_key_counts_beside_the_older_one_until_that_is_withdrawn(tmp_path: Path) -> None:
    places = Places(tmp_path / "platform")
    done = command(places, "alerts")
    assert done.returncode == 0, done.stdout
    assert "--withdraw" in done.stdout
    newest, older = public(places)
    done = command(places, "alerts", "--withdraw")
    assert done.returncode == 0, done.stdout
    assert "pingshan events replay alerts" in done.stdout
    assert public(places) == [newest] != [older]
    assert (places.secrets / "alerts" / "event_key").stat().st_mode & 0o777 == 0o600


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    done = command(Places(tmp_path / "platform"), "nobody")
    assert (done.returncode, done.stdout.strip()) == (1, "There is no service nobody.")

"""What `pingshan up` starts, after what, and when it migrates again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pingshan_tools.launcher import plan
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.plan import KIT_MIGRATIONS

SLOW = {"sqlalchemy", "temporalio", "grpc", "pydantic", "rich", "structlog"}
"""Import them and a start waits for a second before PostgreSQL begins."""
_IMPORTED = "import json, sys, pingshan_tools.launcher.supervisor; print(json.dumps(list(sys.modules)))"


def test_the_kits_migrations_are_where_the_launcher_looks() -> None:
    assert list(KIT_MIGRATIONS.glob("versions/0001_*.py"))


def test_the_supervisor_imports_little_before_it_starts_anything() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True)
    assert not SLOW & set(json.loads(done.stdout))


def test_the_worker_starts_with_its_service_once_that_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PINGSHAN_SERVICES", raising=False)
    places = Places(tmp_path)
    places.make()
    parts = {part.name: part for part in plan.parts(plan.current(places))}
    assert parts["workflow-worker"].beside == ("workflow",)
    assert parts["workflow-worker"].after == ()
    assert set(parts["workflow"].after) == {"postgresql", "nats", "temporal"}

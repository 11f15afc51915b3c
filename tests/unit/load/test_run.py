"""A run of benchmarks comes to its end, and its figures say what was not measured."""

import json
import subprocess
import sys
from pathlib import Path

from pingshan_tools.edges import ROOT

CONFTEST = """
from tests.load import conftest
from tests.load.conftest import *

conftest.LONGEST_SECONDS = 1
"""
BENCHMARKS = """
import asyncio
import time
import pytest

@pytest.fixture
def slow():
    time.sleep(60)

def test_prepares_for_ever(slow):
    pass

def test_hangs():
    time.sleep(60)

async def test_waits_for_ever():
    await asyncio.sleep(60)

def test_fails():
    raise ValueError("a peer is missing")

def test_measures(figures):
    figures.add("one", 1.0)
"""


def test_what_hangs_or_fails_is_said_and_the_rest_is_measured(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "bench_it.py").write_text(BENCHMARKS)
    options = ["-q", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-o", "python_files=bench_*.py"]
    argv = [sys.executable, "-m", "pytest", *options, "--write-figures", str(tmp_path), str(tmp_path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    document = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert {name.rpartition("::")[2]: why for name, why in document["not_measured"].items()} == {
        "test_prepares_for_ever": "not done after 1 s",
        "test_hangs": "not done after 1 s",
        "test_waits_for_ever": "not done after 1 s",
        "test_fails": "a peer is missing",
    }, done.stdout
    assert [figure["measure"] for figure in document["figures"]] == ["one"]

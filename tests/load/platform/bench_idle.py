"""What the platform costs while nobody uses it: `pytest -s tests/load/platform/bench_idle.py`."""

import time

import psutil
from pingshan_tools.edges import SERVICES
from pingshan_tools.launcher import children

from tests.support.load.figures import Figures
from tests.support.load.measuring import cpu_seconds
from tests.support.running import RunningPlatform

SETTLED, WATCHED = 30, 60
"""Seconds."""


def test_nobody_uses_it(fresh: RunningPlatform, figures: Figures) -> None:
    fresh.command("up")
    time.sleep(SETTLED)
    parts = _parts(fresh)
    before = {name: cpu_seconds(processes) for name, processes in parts.items()}
    time.sleep(WATCHED)
    used = {name: (cpu_seconds(processes) - before[name]) / WATCHED for name, processes in parts.items()}
    memory = sum(each.memory_full_info().pss for processes in parts.values() for each in processes)
    for name, cores in used.items():
        print(f"\n{name}: {cores:.4f} of a core", end="")
    figures.add("platform: memory of all idle processes (PSS)", memory / 1e9, unit="GB", at_most=1.2)
    services = [cores for name, cores in used.items() if name in SERVICES]
    figures.add("platform: CPU of an idle service, the busiest", max(services), unit="cores", at_most=0.01)


def _parts(platform: RunningPlatform) -> dict[str, list[psutil.Process]]:
    """The processes of each part with their children."""
    found = {}
    for record in children.records(platform.places):
        process = children.running(record, platform.places)
        assert process is not None, f"{record.name} does not run"
        found[record.name] = [process, *process.children(recursive=True)]
    return found

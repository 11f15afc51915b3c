"""How long `pingshan up` takes, step by step: `pytest -s tests/load/platform/bench_start.py`.

The first start makes everything, the second finds it made; packages are installed and compiled before. A service's
processor seconds are those of its own process until the whole platform is ready, without what the fork server imported
for all of them.
"""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from pingshan_tools.edges import SERVICES
from pingshan_tools.launcher import state

from tests.support.load.figures import Figures
from tests.support.running import RunningPlatform
from tests.support.servers import PINGSHAN, PortBases


@dataclass
class Start:
    """One `pingshan up`, watched."""

    platform: RunningPlatform
    steps: dict[str, list[str]] = field(default_factory=dict)
    """What each part did, and from which second on."""
    seconds: float = 0.0

    def watch(self) -> "Start":
        began, last = time.monotonic(), dict[str, str]()
        started = subprocess.Popen([PINGSHAN, "up"], env=self.platform.environment, stdout=subprocess.DEVNULL)
        while started.poll() is None:
            shown = state.read(self.platform.places)
            for name, part in shown.parts.items() if shown else ():
                step = f"{part.phase} {part.detail}".strip()
                if last.get(name) != step:
                    last[name] = step
                    self.steps.setdefault(name, []).append(f"{time.monotonic() - began:.1f} {step}")
            time.sleep(0.02)
        self.seconds = time.monotonic() - began
        assert started.returncode == 0
        return self

    def __str__(self) -> str:
        return "\n".join([f"{self.seconds:.1f} s", *(f"{name}: {', '.join(of)}" for name, of in self.steps.items())])


@pytest.fixture(scope="module")
def fresh(run_folder: Path, port_bases: PortBases) -> Iterator[RunningPlatform]:
    """A platform that was never started."""
    platform = RunningPlatform(run_folder / "fresh", port_bases.take())
    yield platform
    platform.command("down")


def test_the_first_start_and_the_second(fresh: RunningPlatform, figures: Figures) -> None:
    first = Start(fresh).watch()
    print(f"\nfirst start, {first}")
    for service in SERVICES:
        used = sum(psutil.Process(fresh.pid(service)).cpu_times()[:2])
        figures.add(f"platform: start of {service}", used, unit="CPU-s", at_most=1.0)
    figures.add("platform: first `pingshan up`", first.seconds, unit="s", at_most=15)
    fresh.command("down")
    second = Start(fresh).watch()
    print(f"\nsecond start, {second}")
    figures.add("platform: second `pingshan up`", second.seconds, unit="s", at_most=5)

"""How long `pingshan up` takes, step by step: `pytest -s tests/load/platform/bench_start.py`.

The first start makes everything, the second finds it made; packages are installed and compiled before. A service's
processor seconds are those of its own process until the whole platform is ready, without what the fork server imported
for all of them. Those of the whole start, which two cores share, say what a busy machine hides.
"""

import subprocess
import time
from dataclasses import dataclass, field

import psutil
from pingshan_tools.edges import SERVICES
from pingshan_tools.launcher import children, state

from tests.support.load.figures import Figures
from tests.support.load.measuring import cpu_seconds
from tests.support.running import RunningPlatform
from tests.support.servers import PINGSHAN


@dataclass
class Start:
    """One `pingshan up`, watched."""

    platform: RunningPlatform
    steps: dict[str, list[str]] = field(default_factory=dict)
    """What each part did, and from which second on."""
    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of all processes until then, those that have ended included."""

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
        self.cpu = self._cpu_seconds()
        return self

    def _cpu_seconds(self) -> float:
        places = self.platform.places
        supervisor = state.supervisor(places)
        found = [children.running(record, places) for record in children.records(places)]
        return cpu_seconds(process for process in (supervisor, *found) if process is not None)

    def __str__(self) -> str:
        return "\n".join([f"{self.seconds:.1f} s", *(f"{name}: {', '.join(of)}" for name, of in self.steps.items())])


def test_the_first_start_and_the_second(fresh: RunningPlatform, figures: Figures) -> None:
    first = Start(fresh).watch()
    print(f"\nfirst start, {first}")
    for service in SERVICES:
        used = sum(psutil.Process(fresh.pid(service)).cpu_times()[:2])
        figures.add(f"platform: start of {service}", used, unit="CPU-s", at_most=1.0)
    figures.add("platform: first `pingshan up`", first.seconds, unit="s", at_most=15)
    figures.add("platform: first `pingshan up`, all processes", first.cpu, unit="CPU-s")
    fresh.command("down")
    second = Start(fresh).watch()
    print(f"\nsecond start, {second}")
    figures.add("platform: second `pingshan up`", second.seconds, unit="s", at_most=5)
    figures.add("platform: second `pingshan up`, all processes", second.cpu, unit="CPU-s")

"""The table of figures: what each benchmark found, beside its goal, the commit and the machine.

Why a goal is missed stands in `tests/load/limits.toml`, by the name of the measure.
"""

import json
import os
import platform as machine
import subprocess
import time
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil

LIMITS = Path(__file__).parents[2] / "load" / "limits.toml"
_HEAD = """# Figures

Written by `make bench` (PostgreSQL without fsync; only ratios of one run say something, and each row's peer ran in the
same run). The same as JSON: [figures.json](figures.json). What is measured, and against whom, stands in the files of
`tests/load/`; one alone: `.venv/bin/pytest -s {example}`.

"""


@dataclass(frozen=True)
class Figure:
    """One measure with its goal."""

    measure: str
    peer: str
    """Beside what it was measured; empty where the figure stands for itself."""
    unit: str
    """`ratio`, or the unit of the values."""
    values: tuple[float, ...]
    """One per round."""
    at_least: float | None
    at_most: float | None

    @property
    def value(self) -> float:
        """The median of all rounds."""
        return median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median meets the goal; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value <= self.at_most if self.at_most is not None else None

    def row(self, limits: Mapping[str, "Limit"]) -> str:
        """Returns the figure as a row of the table, with its limit where it misses its goal."""
        unit = "" if self.unit == "ratio" else f" {self.unit}"
        goals = {"≥": self.at_least, "≤": self.at_most}
        goal = "".join(f"{sign} {value:g}{unit}" for sign, value in goals.items() if value is not None) or "said"
        spread = f" ({_short(min(self.values))} to {_short(max(self.values))})" if len(self.values) > 1 else ""
        met = {None: "", True: "met"}.get(self.met, f"missed: {self._missing()}. {limits.get(self.measure, UNKNOWN)}")
        return f"| {self.measure} | {self.peer or '–'} | {goal} | {_short(self.value)}{unit}{spread} | {met} |"

    def _missing(self) -> str:
        goal = self.at_least if self.at_least is not None else self.at_most
        return f"{_short(self.value / goal)} of the goal" if goal else ""


@dataclass(frozen=True)
class Limit:
    """Says why a measure misses its goal."""

    limited_by: str
    tried: str

    def __str__(self) -> str:
        return f"Limited by {self.limited_by}. Tried: {self.tried}."


UNKNOWN = Limit("nothing that is known yet", "nothing yet")


def read_limits() -> dict[str, Limit]:
    return {measure: Limit(**said) for measure, said in tomllib.loads(LIMITS.read_text("utf-8")).items()}


def _short(number: float) -> str:
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.3g}"


@dataclass
class Figures:
    """Collects what the benchmarks of one run found."""

    found: list[Figure] = field(default_factory=list)
    not_measured: dict[str, str] = field(default_factory=dict)
    """Why, by the name of the benchmark."""
    limits: Mapping[str, Limit] = field(default_factory=read_limits)
    began: float = field(default_factory=time.monotonic)

    def add(
        self,
        measure: str,
        *values: float,
        peer: str = "",
        unit: str = "ratio",
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> None:
        """Keeps a figure, and prints it at once."""
        figure = Figure(measure, peer, unit, values, at_least, at_most)
        self.found.append(figure)
        print(f"\n{figure.row(self.limits)}", end="")

    def write(self, folder: Path) -> None:
        """Writes `figures.md` and `figures.json`."""
        load = f"{os.getloadavg()[2]:.1f} in the last 15 minutes; of the benchmarks' own, 1 to 3"
        about = _about() | {"duration": f"{(time.monotonic() - self.began) / 60:.0f} minutes", "load": load}
        (folder / "figures.md").write_text(self._text(about), "utf-8")
        found = [asdict(figure) | {"value": figure.value, "met": figure.met} for figure in self.found]
        document = about | {"figures": found, "not_measured": self.not_measured}
        (folder / "figures.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")

    def _text(self, about: Mapping[str, str]) -> str:
        said = "\n".join(f"- {name}: {value}" for name, value in about.items())
        head = "| measure | beside | goal | found (median, least to most) | |\n|---|---|---|---|---|\n"
        rows = "\n".join(figure.row(self.limits) for figure in self.found)
        missing = "".join(f"- `{name}`: {why}\n" for name, why in self.not_measured.items())
        end = f"\nNot measured in this run:\n\n{missing}" if missing else ""
        return _HEAD.format(example="tests/load/identity/bench_peer.py") + said + "\n\n" + head + rows + "\n" + end


def _about() -> dict[str, str]:
    git = ["git", "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    memory = psutil.virtual_memory().total / 2**30
    return {
        "commit": commit,
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {machine.system()} {machine.release()}",
        "Python": machine.python_version(),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else machine.machine()

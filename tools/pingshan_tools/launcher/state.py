"""The state of the supervisor's parts, in a file that everybody may poll."""

import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import psutil

from pingshan_tools.launcher.places import Places


class Phase(StrEnum):
    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    """The part did not start, or went away; it is tried again after a pause."""


@dataclass
class PartState:
    phase: Phase = Phase.WAITING
    detail: str = ""
    """What the part waits for or does; the reason, where it failed."""
    failures: int = 0
    """Failures in a row."""
    restarts: int = 0
    pid: int = 0


@dataclass
class State:
    supervisor: int
    base: int
    parts: dict[str, PartState] = field(default_factory=dict)

    @property
    def all_ready(self) -> bool:
        return all(part.phase is Phase.READY for part in self.parts.values())


def write(state: State, places: Places) -> None:
    new = places.state_file.with_suffix(".new")
    new.write_text(json.dumps(asdict(state), ensure_ascii=False))
    new.replace(places.state_file)


def read(places: Places) -> State | None:
    try:
        body = json.loads(places.state_file.read_text())
    except (OSError, ValueError):
        return None
    parts = {name: PartState(**{**part, "phase": Phase(part["phase"])}) for name, part in body["parts"].items()}
    return State(body["supervisor"], body["base"], parts)


def supervisor(places: Places) -> psutil.Process | None:
    """Returns the running supervisor that the state file names; None without one, or where it is this process."""
    state = read(places)
    if state is None or state.supervisor == os.getpid():
        return None
    try:
        process = psutil.Process(state.supervisor)
        return process if "pingshan_tools.launcher.supervisor" in process.cmdline() else None
    except psutil.Error:
        return None

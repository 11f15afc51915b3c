"""Folders and files of one embedded platform, below `PINGSHAN_DATA`."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CLOSED = 0o700
OTHERS = 0o077
"""Rights of everybody but the owner; also the umask of whatever the supervisor starts."""
PRIVATE = ("secrets", "logs", "traces", "run", "temporal", "nats", "simulators", "demo", "record_heads")
"""All below the data folder but PostgreSQL's, which is its user's, and the public keys of the services."""


@dataclass(frozen=True)
class Places:
    data: Path

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def service_jwks(self) -> Path:
        return self.data / "service_jwks.json"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def traces(self) -> Path:
        return self.data / "traces"

    @property
    def run(self) -> Path:
        """Returns the folder of what is running: pid files, the supervisor's lock and state."""
        return self.data / "run"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "supervisor.lock"

    @property
    def turns_file(self) -> Path:
        """Returns the file that `up` and `down` lock while they are under way."""
        return self.run / "turns.lock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Makes the folders, closed to all others, and closes what an earlier version left open.

        Where root runs us, PostgreSQL's `nobody` may pass through the data folder to its own, and look at nothing.
        """
        mode = 0o711 if os.geteuid() == 0 else CLOSED
        self.data.mkdir(mode=mode, parents=True, exist_ok=True)
        self.data.chmod(mode)
        for folder in (self.secrets, self.logs, self.traces, self.run):
            folder.mkdir(mode=CLOSED, exist_ok=True)
        for path in self.open_to_others():
            with suppress(FileNotFoundError):  # it has just been used up
                path.chmod(path.stat().st_mode & ~OTHERS)

    def open_to_others(self) -> Iterator[Path]:
        """Yields what other users of the machine may read, write or enter, and need not."""
        for name in PRIVATE:
            for folder, _, files in os.walk(self.data / name):
                for path in (Path(folder), *(Path(folder, file) for file in files)):
                    with suppress(FileNotFoundError):
                        if not path.is_symlink() and path.stat().st_mode & OTHERS:
                            yield path


def from_environment() -> Places:
    """Returns the places below `PINGSHAN_DATA`, else /var/lib/pingshan for root, else the XDG state folder."""
    if chosen := os.environ.get("PINGSHAN_DATA"):
        return Places(Path(chosen).absolute())
    if os.geteuid() == 0:
        return Places(Path("/var/lib/pingshan"))
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Places(Path(state) / "pingshan")

"""Folders and files of one embedded platform, below `PINGSHAN_DATA`."""

import os
from dataclasses import dataclass
from pathlib import Path


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

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Makes the folders: PostgreSQL's `nobody` may pass through the data folder, those below are closed."""
        self.data.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.data.chmod(0o711)
        for folder in (self.secrets, self.logs, self.traces, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)


def from_environment() -> Places:
    """Returns the places below `PINGSHAN_DATA`, else /var/lib/pingshan for root, else the XDG state folder."""
    if chosen := os.environ.get("PINGSHAN_DATA"):
        return Places(Path(chosen).absolute())
    if os.geteuid() == 0:
        return Places(Path("/var/lib/pingshan"))
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Places(Path(state) / "pingshan")

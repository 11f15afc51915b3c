"""The whole platform, as `pingshan up` starts it, for end-to-end tests."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from pingshan_tools import secret_files
from pingshan_tools.addresses import Addresses, Ports, database_name
from pingshan_tools.launcher import children, outside, state
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.state import State

from tests.support.servers import PINGSHAN, wait_for


@dataclass(frozen=True)
class RunningPlatform:
    """Its own data folder and ports, beside whatever else runs on this machine."""

    data: Path
    ports: Ports
    services: str = ""
    """Only these, separated by commas; empty: all five."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Further variables of the environment that it is started in."""

    @property
    def places(self) -> Places:
        return Places(self.data)

    @property
    def addresses(self) -> Addresses:
        return outside.addresses(self.places, self.ports, outside.from_environment(self.settings))

    @property
    def environment(self) -> dict[str, str]:
        own = {"PINGSHAN_DATA": str(self.data), "PINGSHAN_PORT_BASE": str(self.ports.base)}
        own |= {"PINGSHAN_SERVICES": self.services} if self.services else {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PINGSHAN_", "OTEL_"))}
        return kept | own | dict(self.settings)

    def url(self, service: str) -> str:
        return self.addresses.url(service)

    def command(self, *arguments: str, succeeds: bool = True) -> str:
        """What `pingshan <arguments>` prints. Raises `AssertionError` where it does not end as expected."""
        done = subprocess.run([PINGSHAN, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == succeeds, f"pingshan {arguments}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def state(self) -> State:
        shown = state.read(self.places)
        assert shown is not None, "the platform does not run"
        return shown

    def pid(self, name: str) -> int:
        """Of a part (`alerts`, `workflow-worker`, `nats` …), whether a supervisor knows it or not."""
        for record in children.records(self.places):
            if record.name == name and (process := children.running(record, self.places)):
                return process.pid
        raise AssertionError(f"{name} does not run")

    def kill(self, name: str) -> int:
        """SIGKILL to a part; its pid until then."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until(self, seen: Callable[[State], bool], *, seconds: float = 60) -> State:
        """The state, once `seen` says so of it. Raises `TimeoutError`."""
        end = time.monotonic() + seconds
        while not seen(shown := self.state()):
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain; the parts: {shown.parts}")
            time.sleep(0.1)
        return shown

    async def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """A look into the database of a service, as the service itself sees it; each row as a tuple."""
        password = secret_files.read(self.places.secrets, service, "database_password")
        name = database_name(service)
        url = f"postgresql://{name}_runtime:{password}@{self.addresses.postgres}/{name}"
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    def let_codes_be_used_again(self) -> None:
        """A code of an authenticator counts once, and tests sign in more often than every 30 seconds."""
        wait_for(self.rows("identity", "UPDATE totp SET last_step = 0 RETURNING 1"))

    def sign_ins(self) -> Any:
        """Initial passwords and authenticators, as identity's seed wrote them."""
        return json.loads(self.addresses.sign_ins.read_text("utf-8"))

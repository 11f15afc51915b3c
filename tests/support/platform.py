"""One module's own platform: database per service, empty streams, Temporal namespace, free ports."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from nats import connect
from pingshan_tools import secret_files, topology
from pingshan_tools.addresses import Addresses, database_name, environment, fields, package_name
from pingshan_tools.edges import load
from pingshan_tools.embedded import nats, postgres
from pingshan_tools.process import Program, answers, inherited, run_to_end

from tests.support.servers import Running, fork_server, free_port, wait_for

S = TypeVar("S")

_numbers = count(1)


@dataclass(frozen=True)
class BoundService:
    """A service and the settings that bind it to this module's servers."""

    service: str
    fields: dict[str, str]
    """By the names of the fields of its `ServiceSettings`."""
    otlp: str

    @property
    def environment(self) -> dict[str, str]:
        """For a process of its own."""
        exporter = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.otlp} if self.otlp else {}
        return environment(self.service, self.fields) | exporter

    def settings(self, kind: type[S], **changed: Any) -> S:
        """`kind` is the settings class of the service (or one of the kit with the same fields)."""
        return kind(**{**self.fields, **changed})

    def run(self, command: str) -> None:
        """`python -m pingshan_<service> <command>` to its end; raises `ProgramError` where it fails."""
        package = package_name(self.service)
        argv = [sys.executable, "-m", package, command]
        run_to_end(f"{package} {command}", argv, environment=self.environment, forks=fork_server())

    def ended(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """`python -m pingshan_<service> <command>`, whether it failed or not."""
        argv = [sys.executable, "-m", package_name(self.service), *command]
        environment = inherited() | self.environment
        if (done := fork_server().run(argv, environment)) is not None:
            return done
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)

    def program(self, *parts: str, **changed: str) -> Program:
        """`serve` as a process. `parts`: `http`, `grpc`, `events` …; none: all of them."""
        port = int(changed.get("http_port", self.fields["http_port"]))
        return Program(
            name=f"{self.service}-{'-'.join(parts) or 'all'}",
            argv=(sys.executable, "-m", package_name(self.service), "serve", *_only(parts)),
            ready=lambda: answers("127.0.0.1", port),
            environment=replace(self, fields={**self.fields, **changed}).environment,
        )


def _only(parts: tuple[str, ...]) -> tuple[str, ...]:
    return ("--only", ",".join(parts)) if parts else ()


@dataclass
class Templates:
    """Migrated (and seeded) databases that modules are cloned from; made once per run."""

    server: postgres.Postgres
    made: set[str] = field(default_factory=set)

    def clone(self, name: str, bound: BoundService, *, seeded: bool) -> None:
        template = self._template(bound, seeded=seeded)
        wait_for(postgres.make_database(self.server.url(), name, of=database_name(bound.service), template=template))

    def empty(self, name: str, service: str) -> None:
        wait_for(postgres.make_database(self.server.url(), name, of=database_name(service)))

    def _template(self, bound: BoundService, *, seeded: bool) -> str:
        name = f"{database_name(bound.service)}_{'seeded' if seeded else 'migrated'}"
        if name not in self.made:
            source = self._template(bound, seeded=False) if seeded else None
            of = database_name(bound.service)
            wait_for(postgres.make_database(self.server.url(), name, of=of, template=source))
            _in_database(bound, name).run("seed" if seeded else "migrate")
            self.made.add(name)
        return name


def _in_database(bound: BoundService, name: str) -> BoundService:
    urls = {key: bound.fields[key].rpartition("/")[0] + f"/{name}" for key in ("database_url", "owner_database_url")}
    return replace(bound, fields={**bound.fields, **urls}, otlp="")


@dataclass
class TestPlatform:
    """What the fixture `platform` gives. Everything is made when it is first asked for."""

    __test__ = False

    folder: Path
    addresses: Addresses
    templates: Templates
    otlp: str
    nats: Running
    nats_disk: Path
    bound: dict[str, BoundService] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    def service(self, service: str, *, seeded: bool = False, migrated: bool = True) -> BoundService:
        """Settings of a service with its own database in this module.

        `migrated=False` leaves the database empty (for tests of the kit's own tables); `seeded=True` also runs `seed`.
        The first call of a module decides.
        """
        if service not in self.bound:
            name = f"{database_name(service)}_{next(_numbers)}"
            placed = replace(self.addresses, databases={service: name})
            bound = BoundService(service, fields(service, placed), self.otlp)
            if migrated or seeded:
                self.templates.clone(name, bound, seeded=seeded)
            else:
                self.templates.empty(name, service)
            self.bound[service] = bound
        return self.bound[service]

    def start(self, service: str, *parts: str, **changed: str) -> Running:
        """The service as a process of its own, ready; ended with the module. `changed`: other values of settings."""
        running = Running(self.service(service).program(*parts, **changed), self.folder).start()
        self.running.append(running)
        return running

    def database_admin_url(self, service: str) -> str:
        """Superuser's URL of the service's database in this module, for looking behind the service."""
        return self.templates.server.url(self.service(service).fields["database_url"].rpartition("/")[2])

    def nats_admin(self) -> Mapping[str, str]:
        """Keyword arguments for `nats.connect` as `admin`."""
        return {"user": nats.ADMIN, "password": secret_files.read(self.addresses.secrets, "nats", "password")}

    def nats_user(self, service: str) -> dict[str, Any]:
        """Keyword arguments for `nats.connect` as the service: its account hears heartbeats, that of `admin` none."""
        password = secret_files.read(self.addresses.secrets, service, "nats_password")
        return {"user": service, "password": password, "inbox_prefix": f"_INBOX.{service}".encode()}

    def make_streams(self) -> None:
        wait_for(topology.make_streams(self.addresses.nats, **self.nats_admin(), edges=load()))


@dataclass
class NatsServer:
    """One nats-server for all modules of a run, with the users and rights of production."""

    server: nats.Nats
    running: Running

    @classmethod
    def begin(cls, folder: Path, secrets: Path) -> "NatsServer":
        server = nats.Nats(folder / "nats", free_port(), free_port(), nats.passwords(secrets), load())
        nats.prepare(server)
        return cls(server, Running(nats.program(server), folder).start())

    @property
    def disk(self) -> Path:
        """Where the server keeps its streams."""
        return self.server.folder / "jetstream"

    def clear(self) -> None:
        """Runs, with no stream: a module finds nothing of the one before, which may have left the server killed."""
        if self.running.process is None:
            self.running.start()
        wait_for(self._delete_streams())

    async def _delete_streams(self) -> None:
        client = await connect(self.server.url, user=nats.ADMIN, password=self.server.passwords[nats.ADMIN])
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(str(stream.config.name))
        await client.close()

"""The plan of the platform: its parts, what each needs before it starts, and how it is made ready."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pingshan_kit.storage import migrations

from pingshan_tools import secret_files, topology
from pingshan_tools.addresses import (
    Addresses,
    Ports,
    base_from_environment,
    database_name,
    environment,
    fields,
    package_name,
    simulators_environment,
)
from pingshan_tools.edges import ROOT, SERVICES, load
from pingshan_tools.embedded import nats, postgres, temporal
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.launcher import outside
from pingshan_tools.launcher.outside import Outside
from pingshan_tools.launcher.places import Places
from pingshan_tools.process import Program, ProgramError, answers, answers_http, run_to_end

Tell = Callable[[str], None]


async def _nothing(_tell: Tell) -> None:
    return


def _always() -> bool:
    return True


KIT_MIGRATIONS = Path(str(migrations.__file__)).parent
"""They run in every service's database."""


@dataclass(frozen=True)
class Part:
    program: Program
    order: int
    """Parts are stopped from the highest number down."""
    after: tuple[str, ...] = ()
    """Parts that must be ready before this one is prepared."""
    beside: tuple[str, ...] = ()
    """Parts that must be prepared, as their preparation is this one's as well; they start at the same time."""
    prepare: Callable[[Tell], Awaitable[None]] = _nothing
    """Runs before the first start; says what it does. Raises ProgramError."""
    prepared: Callable[[], bool] = _always
    """Tells whether a survivor may be adopted without preparing."""
    settle: Callable[[Tell], Awaitable[None]] = _nothing
    """Runs after each start, before the part counts as ready."""

    @property
    def name(self) -> str:
        return self.program.name


@dataclass(frozen=True)
class Plan:
    places: Places
    ports: Ports
    outside: Outside
    services: tuple[str, ...]
    at_once: asyncio.Semaphore
    forks: ForkServer | None = None
    """Runs migrations and seeds, where there is one."""

    @property
    def addresses(self) -> Addresses:
        return outside.addresses(self.places, self.ports, self.outside)

    @property
    def postgres(self) -> postgres.Postgres:
        password = secret_files.read(self.places.secrets, "postgres", "password")
        return postgres.Postgres(self.places.data / "postgres", self.ports.postgres, password, ("max_connections=500",))

    @property
    def nats(self) -> nats.Nats:
        passwords = nats.passwords(self.places.secrets)
        return nats.Nats(self.places.data / "nats", self.ports.nats, self.ports.nats_monitor, passwords, load())

    @property
    def temporal(self) -> temporal.Temporal:
        port = self.ports.temporal
        folder = self.places.data / "temporal"
        return temporal.Temporal(folder, port, port + 1, port + 2, port + 3, (self.outside.temporal_namespace,))

    @property
    def otlp(self) -> str:
        return self.outside.otlp_endpoint or f"http://127.0.0.1:{self.ports.otlp}"


def current(places: Places, forks: ForkServer | None = None) -> Plan:
    """Returns the plan by the environment; makes the secrets that are missing. Raises ValueError."""
    chosen = os.environ.get("PINGSHAN_SERVICES", "")
    services = tuple(chosen.split(",")) if chosen else SERVICES
    if unknown := set(services) - set(SERVICES):
        raise ValueError(f"PINGSHAN_SERVICES names unknown services: {', '.join(sorted(unknown))}")
    secret_files.make(places.secrets, places.service_jwks)
    at_once = asyncio.Semaphore((os.cpu_count() or 1) + 1)  # one of them waits for the disk
    return Plan(places, Ports(base_from_environment()), outside.from_environment(), services, at_once, forks)


def parts(plan: Plan) -> list[Part]:
    servers = [*_servers(plan), *_beside(plan)]
    started = {part.name for part in servers}
    return [*servers, *(part for service in plan.services for part in _service(plan, service, started))]


def _servers(plan: Plan) -> list[Part]:
    made: list[Part] = []
    if not plan.outside.postgres_url:
        made.append(
            Part(postgres.program(plan.postgres), 0, prepare=_in_thread(lambda: postgres.prepare(plan.postgres)))
        )
    nats.prepare(plan.nats)
    if not plan.outside.nats_url:
        made.append(Part(nats.program(plan.nats), 0, settle=lambda tell: _make_streams(plan, tell)))
    if not plan.outside.temporal_address:
        made.append(
            Part(temporal.program(plan.temporal), 0, prepare=_in_thread(lambda: temporal.prepare(plan.temporal)))
        )
    return made


def _in_thread(work: Callable[[], None]) -> Callable[[Tell], Awaitable[None]]:
    async def prepare(_tell: Tell) -> None:
        await asyncio.to_thread(work)

    return prepare


async def _make_streams(plan: Plan, tell: Tell) -> None:
    tell("streams")
    try:
        await topology.make_streams(
            plan.addresses.nats, user=nats.ADMIN, password=plan.nats.passwords[nats.ADMIN], edges=load()
        )
    except topology.Refused as error:
        why = topology.reason(error)
        raise ProgramError(f"NATS at {plan.addresses.nats} refused the streams: {why}") from error


async def _look_for_namespace(plan: Plan, tell: Tell) -> None:
    address, namespace = plan.addresses.temporal, plan.outside.temporal_namespace
    tell(f"Temporal at {address}")
    if not await answers(*_host_and_port(address)):
        raise ProgramError(f"Temporal does not answer at {address} (PINGSHAN_TEMPORAL_ADDRESS)")
    if not await temporal.has_namespace(address, namespace):
        raise ProgramError(
            f"Temporal at {address} has no namespace {namespace}. Make it: "
            f"temporal operator namespace create --address {address} --namespace {namespace} --retention 720h"
        )


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _beside(plan: Plan) -> list[Part]:
    simulators = simulators_environment(plan.addresses, plan.places.data / "simulators")
    simulators["OTEL_EXPORTER_OTLP_ENDPOINT"] = plan.otlp
    made = [
        Part(_python("simulators", ("-m", "pingshan_simulators"), simulators, plan.ports.simulators, "/healthz"), 1)
    ]
    if not plan.outside.otlp_endpoint:
        listen = ("--port", str(plan.ports.otlp), "--page-port", str(plan.ports.sink_page))
        sink = ("-m", "pingshan_tools.traces.sink", "--folder", str(plan.places.traces), *listen)
        made.append(Part(_python("trace-sink", sink, {}, plan.ports.sink_page, "/healthz"), 1))
    return made


def _service(plan: Plan, service: str, started: set[str]) -> list[Part]:
    values = environment(service, fields(service, plan.addresses)) | {"OTEL_EXPORTER_OTLP_ENDPOINT": plan.otlp}
    after = tuple(name for name in ("postgresql", "nats", "temporal") if name in started)
    if service != "workflow":
        after = tuple(name for name in after if name != "temporal")
    serve = ("-m", package_name(service), "serve")
    port = plan.ports.http(service)
    stamp = _Stamp(plan, service)
    main = Part(
        _python(service, serve, values, port, "/readyz"),
        order=2,
        after=after,
        prepare=lambda tell: _prepare(plan, service, values, stamp, tell),
        prepared=stamp.matches,
    )
    if service != "workflow":
        return [main]
    worker = Program(
        name="workflow-worker",
        argv=(sys.executable, *serve, "--only", "worker,relay"),
        ready=lambda: _has_worker(plan),
        environment=values,
    )
    return [main, Part(worker, order=3, beside=(service,))]


async def _has_worker(plan: Plan) -> bool:
    namespace = plan.outside.temporal_namespace
    if plan.outside.temporal_address:
        return await temporal.has_worker(plan.outside.temporal_address, namespace, "workflow")
    return await temporal.is_worked_on(plan.temporal, namespace, "workflow")


def _python(name: str, arguments: tuple[str, ...], values: dict[str, str], port: int, path: str) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, *arguments),
        ready=lambda: answers_http("127.0.0.1", port, path),
        environment=values,
    )


async def _prepare(plan: Plan, service: str, values: dict[str, str], stamp: "_Stamp", tell: Tell) -> None:
    """Makes roles, database, migrations and seed; nothing where the code is the one that did it last.

    For outside servers it makes the streams and looks for the namespace, as nobody else does.
    """
    if plan.outside.nats_url:
        await _make_streams(plan, tell)
    if plan.outside.temporal_address and service == "workflow":
        await _look_for_namespace(plan, tell)
    if stamp.matches():
        return
    wanted = stamp.now()
    async with plan.at_once:
        tell("database")
        await _make_database(plan, service)
        for command in ("migrate", "seed"):
            tell(command)
            argv = [sys.executable, "-m", package_name(service), command]
            await asyncio.to_thread(run_to_end, f"{service} {command}", argv, environment=values, forks=plan.forks)
    stamp.write(wanted)


async def _make_database(plan: Plan, service: str) -> None:
    url = plan.outside.postgres_url or plan.postgres.url()
    name, secrets = database_name(service), plan.places.secrets
    owner = secret_files.read(secrets, service, "owner_database_password")
    runtime = secret_files.read(secrets, service, "database_password")
    try:
        await postgres.make_roles(url, name, owner_password=owner, runtime_password=runtime)
        await postgres.make_database(url, name, of=name)
    except postgres.Refused as error:
        why = str(error) or type(error).__name__
        raise ProgramError(f"PostgreSQL at {plan.addresses.postgres} refused the database {name}: {why}") from error


@dataclass(frozen=True)
class _Stamp:
    """Remembers with which code and settings the embedded database of a service was migrated and seeded: what is
    seeded holds addresses.
    """

    plan: Plan
    service: str

    @property
    def file(self) -> Path:
        return self.plan.places.run / f"{self.service}.prepared"

    def matches(self) -> bool:
        """Returns False with an outside PostgreSQL: whoever runs it may have put an older copy back."""
        if self.plan.outside.postgres_url or not self.file.exists():
            return False
        return self.file.read_text() == self.now()

    def now(self) -> str:
        digest = hashlib.sha256(json.dumps(fields(self.service, self.plan.addresses), sort_keys=True).encode())
        for folder in (ROOT / "services" / self.service, KIT_MIGRATIONS):
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    status = file.stat()
                    digest.update(f"{file} {status.st_size} {status.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def write(self, value: str) -> None:
        self.file.write_text(value)

"""Fixtures that every test may use. Nothing starts before a test asks for it; unit tests ask for nothing.

| fixture | scope | what |
|---|---|---|
| `platform` | module | `TestPlatform`: own database per service, all streams empty, ports |
| `temporal_namespace` | module | own namespace; ask for it before `platform_settings("workflow")` |
| `platform_settings` | module | `platform.service`: `platform_settings("e-license").settings(Settings)` |
| `identity_tokens` | session | `TokenIssuer`: `identity_tokens.bearer("workflow", "officer", org="water")` |
| `spans` | module | `CollectedSpans`: what services of `platform` export; ask for it before `platform_settings` |
| `running_platform` | session | `RunningPlatform`: `pingshan up` with own data and ports; e2e, faults, telemetry |
| `played` | session | `Played`: what one run of the demo on `running_platform` left |
| `browser`, `page` | module, function | Chromium by Playwright's async API; `page` is a fresh context in Chinese |
| `postgres_server`, `temporal_server`, `ports` | session | the servers below, rarely needed directly |

Typical use in tests/component/e-license/:

    @pytest.fixture(scope="module")
    async def database(platform_settings):
        settings = platform_settings("e-license", seeded=True).settings(Settings)
        database = Database.from_settings(settings)
        yield database
        await database.close()

`platform.start("e-license", "http", "grpc")` runs the real process instead, with an address in
`platform.addresses.url("e-license")`; `Running.kill()` is SIGKILL, `Running.start()` starts it again. `platform.nats`
is the run's nats-server as `Running`; a module that killed it may leave it so. A fake of a sibling listens on the port
in `platform_settings("workflow").fields["rpc_identity"]`.
"""

import gc
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import certifi
import hypothesis
import pytest
from pingshan_tools import secret_files
from pingshan_tools.addresses import Addresses, Ports
from pingshan_tools.edges import SERVICES
from pingshan_tools.embedded import postgres, temporal
from playwright.async_api import Browser, Page
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support.browser import chromium
from tests.support.platform import BoundService, NatsServer, Templates, TestPlatform
from tests.support.played import Played
from tests.support.running import RunningPlatform
from tests.support.servers import POSTGRES_SETTINGS, PortBases, Running, free_port, new_folder, wait_for
from tests.support.slowest import Slowest
from tests.support.spans import CollectedSpans
from tests.support.tokens import TokenIssuer

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("pingshan", deadline=None)
hypothesis.settings.load_profile("pingshan")

_TESTS = Path(__file__).parent
_NAMESPACES = tuple(f"module-{number}" for number in range(24))


_ONE_PLATFORM = ("tests/e2e/", "tests/accessibility/", "tests/telemetry/test_edges.py", "tests/faults/tools/")
_SLOW_FIRST = ("e2e", "telemetry", "accessibility", "fuzz", "faults", "component", "security")


class ByServers(LoadScopeScheduling):
    """A module stays in one worker, and so do all tests of the one running platform."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "platform" if module.startswith(_ONE_PLATFORM) else module


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Slowest())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServers:
    return ByServers(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first."""
    items.sort(key=_rank)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Plugins import more to report a failure, and a collection in the middle of `ast.parse` breaks it (gh-106905)."""
    gc.disable()


def _rank(item: pytest.Item) -> int:
    question = item.path.relative_to(_TESTS).parts[0]
    return _SLOW_FIRST.index(question) if question in _SLOW_FIRST else len(_SLOW_FIRST)


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """httpx reads all certificate authorities for each client, 25 ms of a processor: here certifi has one of them."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    bundle = tmp_path_factory.mktemp("certifi") / "cacert.pem"
    bundle.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(certifi, "where", lambda: str(bundle))
        yield


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """The folder of this run; removed at its end."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def port_bases() -> Iterator[PortBases]:
    bases = PortBases()
    yield bases
    bases.release()


@pytest.fixture(scope="session")
def ports(port_bases: PortBases) -> Ports:
    """Ports of the services under test; modules run one after the other and share them."""
    return port_bases.take()


@pytest.fixture(scope="session")
def secrets_folder(run_folder: Path) -> Path:
    folder = run_folder / "secrets"
    secret_files.make(folder, run_folder / "service_jwks.json")
    return folder


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path, secrets_folder: Path) -> Iterator[postgres.Postgres]:
    """PostgreSQL 18 with the roles of all services."""
    server = postgres.Postgres(
        run_folder / "postgres",
        free_port(),
        secret_files.read(secrets_folder, "postgres", "password"),
        POSTGRES_SETTINGS,
    )
    postgres.prepare(server)
    running = Running(postgres.program(server), run_folder).start()
    for service in SERVICES:
        wait_for(_make_roles(server, secrets_folder, service))
    yield server
    running.stop()


async def _make_roles(server: postgres.Postgres, secrets: Path, service: str) -> None:
    await postgres.make_roles(
        server.url(),
        service.replace("-", "_"),
        owner_password=secret_files.read(secrets, service, "owner_database_password"),
        runtime_password=secret_files.read(secrets, service, "database_password"),
    )


@pytest.fixture(scope="session")
def temporal_server(run_folder: Path) -> Iterator[temporal.Temporal]:
    """A real Temporal server that can skip time (`temporalio.testing.TimeSkipper`)."""
    server = temporal.Temporal(
        run_folder / "temporal",
        port=free_port(),
        ui_port=free_port(),
        metrics_port=free_port(),
        http_port=free_port(),
        namespaces=_NAMESPACES,
        dynamic_config=("frontend.WorkflowTimeSkippingEnabled=true",),
    )
    temporal.prepare(server)
    running = Running(temporal.program(server), run_folder).start()
    yield server
    running.stop()


@pytest.fixture(scope="session")
def nats_server(run_folder: Path, secrets_folder: Path) -> Iterator[NatsServer]:
    server = NatsServer.begin(run_folder, secrets_folder)
    yield server
    server.running.stop()


@pytest.fixture(scope="session")
def templates(postgres_server: postgres.Postgres) -> Templates:
    return Templates(postgres_server)


@pytest.fixture(scope="session")
def temporal_namespaces() -> Iterator[str]:
    return iter(_NAMESPACES)


@pytest.fixture(scope="session")
def identity_tokens() -> Iterator[TokenIssuer]:
    """Mints access tokens for any person and role; its `url` is the `issuer` that services under test trust."""
    issuer = TokenIssuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def platform(
    request: pytest.FixtureRequest,
    run_folder: Path,
    secrets_folder: Path,
    templates: Templates,
    nats_server: NatsServer,
    identity_tokens: TokenIssuer,
    ports: Ports,
) -> Iterator[TestPlatform]:
    """This module's own platform; see `TestPlatform`. Temporal runs where the module asks for `temporal_namespace`."""
    folder = run_folder / request.module.__name__
    addresses = Addresses(
        ports=ports,
        secrets=secrets_folder,
        service_jwks=run_folder / "service_jwks.json",
        postgres=f"127.0.0.1:{templates.server.port}",
        nats=nats_server.server.url,
        temporal="127.0.0.1:1",
        issuer=identity_tokens.url,
    )
    folder.mkdir(parents=True, exist_ok=True)
    nats_server.clear()
    platform = TestPlatform(
        folder, addresses, templates, "", nats_server.running, nats_server.server.folder / "jetstream"
    )
    platform.make_streams()
    yield platform
    with ThreadPoolExecutor() as pool:
        list(pool.map(Running.stop, platform.running))


@pytest.fixture(scope="module")
def platform_settings(platform: TestPlatform) -> Callable[..., BoundService]:
    """`platform_settings(service, seeded=False, migrated=True)` → `BoundService`."""
    return platform.service


@pytest.fixture(scope="module")
def temporal_namespace(
    platform: TestPlatform, temporal_server: temporal.Temporal, temporal_namespaces: Iterator[str]
) -> str:
    """This module's own namespace; from here on `platform_settings("workflow")` points to it."""
    namespace = next(temporal_namespaces)
    platform.addresses = replace(platform.addresses, temporal=temporal_server.address, temporal_namespace=namespace)
    return namespace


@pytest.fixture(scope="module")
def spans(platform: TestPlatform) -> Iterator[CollectedSpans]:
    """Spans of the processes that `platform.start` starts from here on."""
    collected = CollectedSpans(platform.folder / "spans")
    platform.otlp = collected.endpoint
    yield collected
    collected.close()


@pytest.fixture(scope="session")
def running_platform(run_folder: Path, port_bases: PortBases) -> Iterator[RunningPlatform]:
    """The whole platform, migrated and seeded, started once per run; a test leaves it running as it found it."""
    running = RunningPlatform(run_folder / "platform", port_bases.take())
    try:
        running.command("up")
        yield running
    finally:
        running.command("down")


@pytest.fixture(scope="session")
def played(running_platform: RunningPlatform) -> Played:
    """The demo, played once per run to its end; its people, case, licences, visit and alert."""
    played = Played(running_platform, "tests")
    played.play()
    return played


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium per module."""
    async with chromium() as started:
        yield started


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a context of its own: no cookie of another test, Chinese, the time of Shanghai."""
    context = await browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    yield await context.new_page()
    await context.close()

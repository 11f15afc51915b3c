"""What a service is made of, and the commands of its process: serve, migrate, seed, openapi, verify-records."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import grpc
import typer
import uvloop
from pydantic import ValidationError
from starlette.applications import Starlette

from pingshan_kit import logging, records, telemetry
from pingshan_kit.bus import Consumer, Watch
from pingshan_kit.database import Database
from pingshan_kit.errors import ErrorTable
from pingshan_kit.housekeeping import Kept
from pingshan_kit.jobs import JobHandler, Periodic
from pingshan_kit.migrate import MigrationBlocked, migrate, store_of
from pingshan_kit.process import run_process
from pingshan_kit.records import BrokenChainError
from pingshan_kit.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
FileCheck = Callable[[S, str], Coroutine[Any, Any, tuple[bool, str]]]
"""Of settings and a file's text: whether it holds, and the sentence that says so."""


@dataclass
class Service:
    """All parts of one service, wired. The kit adds the relay, the sealer and the watch on revocations."""

    settings: ServiceSettings
    database: Database
    errors: ErrorTable
    http: Starlette | None = None
    grpc: "Sequence[Callable[[grpc.aio.Server], None]]" = ()
    """The generated `add_…Servicer_to_server` functions with their servicers filled in (`functools.partial`)."""
    consumers: Sequence[Consumer[Any]] = ()
    watches: Sequence[Watch[Any]] = ()
    jobs: Sequence[JobHandler[Any]] = ()
    periodic: Sequence[Periodic] = ()
    retention: Sequence[Kept] = ()
    """How long rows of its own tables are kept, besides the kit's rules."""
    components: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Further long-running parts by the name that `--only` knows; each is cancelled when the process stops."""
    prepare: Sequence[Callable[[], Awaitable[None]]] = ()
    """Awaited before the first part runs: what every process needs in its memory before it answers anybody."""
    everywhere: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Long-running parts of every process, whatever `--only` names: they keep its memory up to date."""
    heartbeat_seconds: float = 0
    """Identity's: how often it tells everybody that its stream of ended sessions can be relied on; 0 for all others."""
    separate: frozenset[str] = frozenset()
    """Names of components that run only where `--only` names them: the Temporal worker is a process of its own."""
    close: Sequence[Callable[[], Awaitable[None]]] = ()
    """Awaited last, before the pool is closed: channels and clients."""


def main(
    build: Callable[[S], Service],
    settings_type: type[S],
    seed: Callable[[S], Coroutine[Any, Any, None]] | None = None,
    file_checks: Mapping[str, FileCheck[S]] | None = None,
) -> None:
    """The command line of a service's `__main__.py`; `file_checks`: its own commands that check a file, by name."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.command("serve")
    def serve(only: Annotated[str, typer.Option(help="parts: http,grpc,events,jobs,relay …")] = "") -> None:
        """Run the service until SIGTERM."""
        settings = _settings(settings_type)
        telemetry.set_up(settings.service, settings.environment)
        parts = frozenset(part for part in only.split(",") if part)
        raise typer.Exit(_run(_serve(build, settings, parts)))

    @app.command("migrate")
    def migrate_command() -> None:
        """Bring the database to this version; exit code 1 where somebody holds on to a table for too long."""
        settings = _settings(settings_type)
        try:
            asyncio.run(migrate(settings, store_of(settings_type)))
        except MigrationBlocked as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None

    @app.command("seed")
    def seed_command() -> None:
        """Put the data that this service owns into its database; a second run changes nothing."""
        settings = _settings(settings_type)
        if seed is not None:
            asyncio.run(seed(settings))

    @app.command("openapi")
    def openapi() -> None:
        """Print the OpenAPI document of the REST API."""
        typer.echo(asyncio.run(_openapi(build, _settings(settings_type))))

    @app.command("verify-records")
    def verify_records() -> None:
        """Check the chain of records: how many are sealed, or the first broken place and exit code 1."""
        try:
            sealed = asyncio.run(_sealed(_settings(settings_type)))
        except BrokenChainError as error:
            typer.echo(f"broken: {error}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"whole: {sealed} sealed records")

    for name, check in (file_checks or {}).items():
        app.command(name, help=check.__doc__)(_file_command(check, settings_type))
    app()


def _file_command(check: FileCheck[S], settings_type: type[S]) -> Callable[[Path], None]:
    def command(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
        holds, sentence = asyncio.run(check(_settings(settings_type), file.read_text("utf-8", "replace")))
        typer.echo(sentence, err=not holds)
        if not holds:
            raise typer.Exit(1)

    return command


async def _sealed(settings: ServiceSettings) -> int:
    """Raises BrokenChainError."""
    database = Database.from_settings(settings)
    try:
        async with database.read() as tx:
            return await records.verify(tx)
    finally:
        await database.close()


async def _serve(build: Callable[[S], Service], settings: S, parts: frozenset[str]) -> None:
    await run_process(build(settings), parts)


def _run(work: Coroutine[Any, Any, None]) -> int:
    """Exit code: 0 after SIGTERM, 1 where a part died."""
    try:
        uvloop.run(work)
    except BaseException as error:  # noqa: BLE001 - the process ends here, with the reason as a log line
        if isinstance(error, KeyboardInterrupt):
            return 130
        logging.log.error("process.failed", exc_info=error)
        return 1
    finally:
        telemetry.shut_down()
    return 0


async def _openapi(build: Callable[[S], Service], settings: S) -> str:
    """Built inside a loop, because channels belong to one."""
    service = build(settings)
    api = service.http.state.api if service.http else None
    return json.dumps(api.openapi() if api else {}, ensure_ascii=False, indent=2, sort_keys=True)


def _settings(settings_type: type[S]) -> S:
    try:
        settings = cast("Callable[[], S]", settings_type)()
    except ValidationError as error:
        prefix = settings_type.model_config.get("env_prefix", "")
        for item in error.errors(include_input=False, include_url=False):
            name = prefix + "_".join(str(part) for part in item["loc"]).upper()
            typer.echo(f"{name}: {item['msg']}", err=True)
        raise typer.Exit(2) from None
    logging.set_up(settings.service)
    return settings

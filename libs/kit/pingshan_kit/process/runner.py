"""The commands of a service's process: serve, migrate, seed, openapi, verify-records, data-keys."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer
import uvloop
from pydantic import ValidationError

from pingshan_kit import audit_log, logging, telemetry
from pingshan_kit.audit_log import BrokenChainError
from pingshan_kit.crypto import PersonalData
from pingshan_kit.jobs import reencryption
from pingshan_kit.process.parts import run_process
from pingshan_kit.process.service import Service
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import MigrationBlocked, Store, migrate, store_of

S = TypeVar("S", bound=ServiceSettings)
FileCheck = Callable[[S, str], Coroutine[Any, Any, tuple[bool, str]]]
"""Takes settings and a file's text; tells whether the text holds, and the sentence that says so."""


def main(
    build: Callable[[S], Service],
    settings_type: type[S],
    seed: Callable[[S], Coroutine[Any, Any, None]] | None = None,
    file_checks: Mapping[str, FileCheck[S]] | None = None,
) -> None:
    """Runs the command line of a service's `__main__.py`; `file_checks` adds commands that check a file, by name."""
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

    app.command("data-keys")(_data_keys_command(settings_type))
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


def _data_keys_command(settings_type: type[S]) -> Callable[[], None]:
    def data_keys() -> None:
        """Show how many values each data key encrypted, and whether the older ones may go."""
        settings = _settings(settings_type)
        typer.echo("\n".join(asyncio.run(_key_report(settings, store_of(settings_type)))))

    return data_keys


async def _key_report(settings: ServiceSettings, store: Store) -> list[str]:
    database = Database.from_settings(settings)
    try:
        async with database.read() as tx:
            return await reencryption.report(tx, PersonalData.from_settings(settings), store.metadata)
    finally:
        await database.close()


async def _sealed(settings: ServiceSettings) -> int:
    """Returns the number of sealed records. Raises BrokenChainError."""
    database = Database.from_settings(settings)
    try:
        async with database.read() as tx:
            return await audit_log.verify(tx)
    finally:
        await database.close()


async def _serve(build: Callable[[S], Service], settings: S, parts: frozenset[str]) -> None:
    await run_process(build(settings), parts)


def _run(work: Coroutine[Any, Any, None]) -> int:
    """Runs the work and returns the exit code: 0 after SIGTERM, 1 where a part died, 130 after Ctrl-C."""
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
    """Returns the OpenAPI document as JSON; the service is built inside a loop, because channels belong to one."""
    service = build(settings)
    api = service.http.site.api if service.http else None
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

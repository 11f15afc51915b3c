"""The commands of a service's process: serve, migrate, seed, openapi, verify-records, record-heads, data-keys."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, cast

import typer
import uvloop
from pydantic import ValidationError

from pingshan_kit import audit_log, logging, telemetry
from pingshan_kit.audit_log import BrokenChainError
from pingshan_kit.crypto import PersonalData
from pingshan_kit.jobs import reencryption
from pingshan_kit.process.parts import run_process
from pingshan_kit.process.service import Service
from pingshan_kit.record_heads import HeadChecker, kept, to_lines
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import MigrationBlocked, Store, migrate, store_of

S = TypeVar("S", bound=ServiceSettings)
FileCheck = Callable[[S, str], Coroutine[Any, Any, tuple[bool, str]]]
"""Takes settings and a file's text; tells whether the text holds, and the sentence that says so."""


@dataclass(frozen=True)
class CommandLine(Generic[S]):
    """Is what a service adds commands of its own to."""

    app: typer.Typer
    settings_type: type[S]

    def run(self, act: Callable[[S], Coroutine[Any, Any, tuple[bool, str]]]) -> None:
        """Runs the act and prints its sentence; exits with 1 where the act says that it was refused."""
        _say(asyncio.run(act(_settings(self.settings_type))))


def main(
    build: Callable[[S], Service],
    settings_type: type[S],
    seed: Callable[[S], Coroutine[Any, Any, None]] | None = None,
    file_checks: Mapping[str, FileCheck[S]] | None = None,
    more: Callable[[CommandLine[S]], None] | None = None,
) -> None:
    """Runs the command line of a service's `__main__.py`.

    `file_checks` adds commands that check a file, by name; `more` adds any other.
    """
    gc.freeze()  # all modules are there, and stay
    gc.enable()
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.command("serve")
    def serve(only: Annotated[str, typer.Option(help="parts: http,grpc,events,jobs,relay …")] = "") -> None:
        """Run the service until SIGTERM."""
        gc.disable()  # until it is ready; see `run_process`
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

    app.command("verify-records")(_verify_records_command(settings_type))
    app.command("record-heads")(_record_heads_command(settings_type))
    app.command("data-keys")(_data_keys_command(settings_type))
    for name, check in (file_checks or {}).items():
        app.command(name, help=check.__doc__)(_file_command(check, settings_type))
    if more is not None:
        more(CommandLine(app, settings_type))
    _call(app)


def _call(app: typer.Typer) -> None:
    try:
        app()
    except Exception as error:  # noqa: BLE001 - a traceback of Python's would show the values of a failing row
        logging.log.error("command.failed", exc_info=error)
        sys.exit(1)


def _file_command(check: FileCheck[S], settings_type: type[S]) -> Callable[[Path], None]:
    def command(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
        _say(asyncio.run(check(_settings(settings_type), file.read_text("utf-8", "replace"))))

    return command


def _say(answer: tuple[bool, str]) -> None:
    """Prints the sentence; exits with 1 where it is no good one."""
    is_good, sentence = answer
    typer.echo(sentence, err=not is_good)
    if not is_good:
        raise typer.Exit(1)


def _verify_records_command(settings_type: type[S]) -> Callable[[str], None]:
    def verify_records(
        heads: Annotated[str, typer.Option(help="file of heads that another service keeps; - is the input")] = "",
    ) -> None:
        """Check the chain of records and the heads that were given away: exit code 1 and words where it is broken."""
        settings = _settings(settings_type)
        try:
            checker = HeadChecker(settings)
            checker.read_file()
            if heads:
                text = sys.stdin.read() if heads == "-" else Path(heads).read_text("utf-8")
                checker.take("the other service", text.splitlines())
            sealed = asyncio.run(_sealed(settings, checker))
        except BrokenChainError as error:
            typer.echo(f"broken: {error}", err=True)
            raise typer.Exit(1) from None
        for note in checker.notes:
            typer.echo(f"note: {note}", err=True)
        typer.echo(f"whole: {sealed} sealed records, {checker.counted} heads")

    return verify_records


def _record_heads_command(settings_type: type[S]) -> Callable[[str], None]:
    def record_heads(service: Annotated[str, typer.Argument(help="whose heads")]) -> None:
        """Print the heads of another service's record that this service keeps, one JSON object a line."""
        typer.echo(asyncio.run(_kept_heads(_settings(settings_type), service)))

    return record_heads


async def _kept_heads(settings: ServiceSettings, service: str) -> str:
    database = Database.from_settings(settings)
    try:
        async with database.read() as tx:
            return to_lines(await kept(tx, service))
    finally:
        await database.close()


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


async def _sealed(settings: ServiceSettings, heads: HeadChecker) -> int:
    """Returns the number of sealed records. Raises BrokenChainError."""
    database = Database.from_settings(settings)
    try:
        async with database.read() as tx:
            return await audit_log.verify(tx, heads)
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

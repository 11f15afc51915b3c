"""The commands of identity's process."""

import getpass
import os
from collections.abc import Awaitable, Callable
from typing import Annotated

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
import typer
from pingshan_kit.process.runner import CommandLine, main
from pingshan_kit.storage.database import Database

from pingshan_identity.entrypoints.commands import duties_report, emergency_appointment, receipt_holds
from pingshan_identity.seed import seed
from pingshan_identity.service import build, dependencies
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.break_glass import BreakGlass


async def verify_receipt_file(settings: Settings, text: str) -> tuple[bool, str]:
    """Check the receipt of a sign-out: who, when and how many systems confirmed, or exit code 1."""
    return await _with_dependencies(settings, lambda deps: receipt_holds(deps, text))


def add_commands(line: CommandLine[Settings]) -> None:
    """Adds `break-glass` and `duties`."""

    @line.app.command("duties")
    def duties() -> None:
        """Say whether somebody holds each of the three separated duties."""
        line.run(lambda settings: _with_dependencies(settings, duties_report))

    @line.app.command("break-glass")
    def break_glass(
        duty: Annotated[str, typer.Argument(help="system-administrator, security-administrator or auditor")],
        login: Annotated[str, typer.Argument(help="login name of a member of staff who holds no other duty")],
        reason: Annotated[str, typer.Option(help="why; it is recorded")],
    ) -> None:
        """Appoint somebody to a duty that nobody holds; recorded and alarmed. Exit code 1 where it is refused."""
        command = BreakGlass(duty, login, reason, account=_account())
        line.run(lambda settings: _with_dependencies(settings, lambda deps: emergency_appointment(deps, command)))


def _account() -> str:
    """Returns the name of the operating system's account; its number in a container that knows no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


async def _with_dependencies(
    settings: Settings, act: Callable[[Dependencies], Awaitable[tuple[bool, str]]]
) -> tuple[bool, str]:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        return await act(deps)
    finally:
        await close()
        await database.close()


if __name__ == "__main__":
    main(build, Settings, seed, {"verify-receipt": verify_receipt_file}, add_commands)

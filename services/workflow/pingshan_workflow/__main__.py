"""Runs `python -m pingshan_workflow serve|migrate|seed|openapi|compare-cases`."""

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
from pingshan_kit.process.runner import CommandLine, main
from pingshan_kit.storage.database import Database

from pingshan_workflow.entrypoints.commands import comparison_report
from pingshan_workflow.seed import seed
from pingshan_workflow.service import build, dependencies
from pingshan_workflow.settings import Settings


def add_commands(line: CommandLine[Settings]) -> None:
    """Adds `compare-cases`."""

    @line.app.command("compare-cases")
    def compare_cases() -> None:
        """Compare every open case with Temporal and record what is missing; exit code 1 where some cannot go on."""
        line.run(_compared)


async def _compared(settings: Settings) -> tuple[bool, str]:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        return await comparison_report(deps)
    finally:
        await close()
        await database.close()


if __name__ == "__main__":
    main(build, Settings, seed, more=add_commands)

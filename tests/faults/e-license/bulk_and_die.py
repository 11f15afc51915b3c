"""Issues the rows of a bulk issue until it is killed: `bulk_and_die.py <id of the bulk issue>`."""

import asyncio
import sys
from uuid import UUID

from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_kit.storage.database import Database


async def main(bulk_issue_id: str) -> None:
    settings = Settings()
    given, _ = dependencies(settings, Database.from_settings(settings))
    await run_bulk_issue(given, RunBulkIssue(UUID(bulk_issue_id)))


asyncio.run(main(sys.argv[1]))

"""A bulk issue whose process is killed in the middle goes on: every row once, no event lost or twice."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID

from pingshan_e_license.domain.issuing.bulk_issue import BulkState
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.store.tables import license_
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.check_bulk_issue import CheckBulkIssue, check_bulk_issue
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_kit.storage.tables import outbox
from sqlalchemy import func, select

from tests.support.e_license.bulk import an_object, lines, upload
from tests.support.e_license.orders import issuer_of
from tests.support.platform import TestPlatform

ROOT = Path(__file__).parents[3]
ROWS = 1_000


async def counted(given: Dependencies, bulk_issue_id: UUID) -> tuple[int, int, int]:
    """Rows issued by its own count, licences, and their events."""
    async with given.database.read() as tx:
        found = await bulk_issues.get(tx, bulk_issue_id)
        assert found is not None
        made = select(func.count()).where(license_.c.serial_number.startswith("KILL"))
        told = select(func.count()).where(outbox.c.subject == "e-license.license.issued.v1")
        return found.issued, (await tx.execute(made)).scalar_one(), (await tx.execute(told)).scalar_one()


async def until_begun(given: Dependencies, bulk_issue_id: UUID) -> None:
    async with asyncio.timeout(60):
        while True:
            if (await counted(given, bulk_issue_id))[0]:
                return
            await asyncio.sleep(0.02)


async def test_killed_in_the_middle(platform: TestPlatform, given: Dependencies) -> None:
    rows = lines(an_object(f"KILL{number}") for number in range(ROWS))
    bulk_issue_id = await upload(given, issuer_of("amr"), rows)
    await check_bulk_issue(given, CheckBulkIssue(bulk_issue_id))
    _, _, before = await counted(given, bulk_issue_id)
    environment = os.environ | platform.service("e-license").environment | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__).with_name("bulk_and_die.py")), str(bulk_issue_id)]
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    await until_begun(given, bulk_issue_id)
    process.kill()
    await process.wait()
    issued, made, told = await counted(given, bulk_issue_id)
    assert 0 < issued == made == told - before < ROWS
    await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    assert await counted(given, bulk_issue_id) == (ROWS, ROWS, ROWS + before)
    async with given.database.read() as tx:
        found = await bulk_issues.get(tx, bulk_issue_id)
    assert found is not None
    assert found.state is BulkState.ENDED

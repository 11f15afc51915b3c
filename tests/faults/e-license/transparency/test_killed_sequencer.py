"""A sequencer that is killed in the middle leaves no gap, loses no entry and gives none two indexes."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from pingshan_e_license.domain.transparency.log_entry import EntryKind, NewEntry
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.sequence_entries import sequence_entries
from sqlalchemy import text

from tests.support.platform import TestPlatform

ROOT = Path(__file__).parents[4]
COUNT = "SELECT (SELECT count(*) FROM log_leaf), (SELECT count(*) FROM log_pending), (SELECT count(*) FROM log_entry)"


async def counts(given: Dependencies) -> tuple[int, int, int]:
    async with given.database.read() as tx:
        leaves, pending, entries = (await tx.execute(text(COUNT))).one()
    return leaves, pending, entries


async def test_killed_before_the_commit(platform: TestPlatform, given: Dependencies) -> None:
    entries = [NewEntry(EntryKind.LICENSE_USED, "s", {"number": number}) for number in range(10)]
    async with given.database.begin() as tx:
        await log_entries.append_all(tx, given.personal, entries)
    _, waiting, every = await counts(given)
    assert waiting >= 10
    environment = os.environ | platform.service("e-license").environment | {"PYTHONPATH": str(ROOT)}
    script = Path(__file__).with_name("sequence_and_die.py")
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, str(script)], env=environment, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert await counts(given) == (every - waiting, waiting, every)
    async with asyncio.timeout(20):
        while not await sequence_entries(given):  # PostgreSQL ends the dead one's transaction, and its lock, soon
            pass
    assert await counts(given) == (every, 0, every)
    async with given.database.read() as tx:
        gap = "SELECT count(*) = max(leaf_index) + 1 AND min(leaf_index) = 0 FROM log_leaf"
        assert (await tx.execute(text(gap))).scalar_one()

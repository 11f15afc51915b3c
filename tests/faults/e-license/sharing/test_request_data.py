"""Whatever dies, a request is answered once: its count, its consent, its number and its receipt stand or fall alike."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from pingshan_e_license.store.tables import log_entry, sharing_count
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_consent import get_consent
from pingshan_e_license.usecases.sharing.list_my_uses import list_my_uses
from pingshan_e_license.usecases.sharing.request_data import request_data
from sqlalchemy import func, select

from tests.support.e_license.orders import holder_person
from tests.support.e_license.sharing import EDUCATION, a_person, about_lease, granted_consent
from tests.support.platform import TestPlatform

ROOT = Path(__file__).parents[4]


async def standing(given: Dependencies, person: str, consent_id: object) -> tuple[int, int, int]:
    """Returns uses of the holder, uses left of the consent, and answers counted for the item."""
    me = holder_person(person)
    consent = (await get_consent(given, me, consent_id=consent_id)).consent  # type: ignore[arg-type]
    answered = select(func.coalesce(func.sum(sharing_count.c.requests), 0)).where(sharing_count.c.outcome == "answered")
    async with given.database.read() as tx:
        counted = int((await tx.execute(answered)).scalar_one())
    return (await list_my_uses(given, me)).numbers[person], consent.uses_left, counted


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
async def test_killed(platform: TestPlatform, given: Dependencies, when: str, done: int) -> None:
    person, request_id = a_person(), uuid4()
    granted = await granted_consent(given, person, uses=2)
    before = (await standing(given, person, granted.consent_id))[2]
    environment = os.environ | platform.service("e-license").environment | {"PYTHONPATH": str(ROOT)}
    script = Path(__file__).with_name("request_and_die.py")
    arguments = (when, person, str(granted.consent_id), str(request_id))
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, str(script), *arguments], env=environment, capture_output=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert await standing(given, person, granted.consent_id) == (done, 2 - done, before + done)
    answer = await request_data(given, EDUCATION, about_lease(person, granted.consent_id, request_id=request_id))
    assert await standing(given, person, granted.consent_id) == (1, 1, before + 1)
    [known] = (await list_my_uses(given, holder_person(person))).page.items
    assert (known.use.use_id, known.use.number) == (answer.use_id, 1)
    async with given.database.read() as tx:
        logged = select(func.count()).select_from(log_entry).where(log_entry.c.subject == str(answer.use_id))
        assert (await tx.execute(logged)).scalar_one() == 1

"""A new data key at workflow: applicants are still found, and every encrypted column is marked as the code does it."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_workflow.domain.cases.case import CaseFile, Decision, TaskState, Verdict
from pingshan_workflow.settings import Settings
from pingshan_workflow.store import cases, tasks
from pingshan_workflow.store.tables import definition, metadata, task
from sqlalchemy import select

from tests.support.data_keys import rotated
from tests.support.platform import TestPlatform

CASE, COMPANY = "2026-000123", "91440310TEXT10001K"


async def test_after_a_rotation_every_case_is_found_and_read_with_the_new_key(platform: TestPlatform) -> None:
    settings = platform.service("workflow", seeded=True).settings(Settings)
    database, before = Database.from_settings(settings), PersonalData.from_settings(settings)
    decision = Decision("r", "accept", Verdict.APPROVE, "材料齐全", "p", "李明", "amr", ("officer",))
    async with database.begin() as tx:
        pinned = (await tx.execute(select(definition.c.hash).limit(1))).scalar_one()
        file = CaseFile(
            case_id=CASE,
            request_id="r",
            definition="",
            definition_hash=pinned,
            applicant_name="小满餐饮",
            applicant_code=COMPANY,
            agent_name="王小满",
            agent_mobile="+8613800000001",
            form={"premises": "坪山大道2007号"},
            filed_by="p",
            filed_by_name="王小满",
            received_at=clock.now(),
        )
        await cases.add(tx, before, file, "restaurant")
        opened = {"organisation": "amr", "post": "officer", "state": TaskState.OPEN, "opened_at": clock.now()}
        await tx.execute(task.insert().values(case_id=CASE, node="accept", **opened))
        await tasks.decide_task(tx, before, CASE, decision, TaskState.APPROVED, clock.now())
        known = (await cases.find(tx, before, CASE), await tasks.of_case(tx, before, CASE))
    after = await rotated(database, settings, metadata)
    async with database.read() as tx:
        found = await cases.page(tx, after, before="", size=9, state=None, case_id="", applicant_codes=[COMPANY])
        assert (await cases.find(tx, after, CASE), await tasks.of_case(tx, after, CASE)) == known
    assert found == [known[0]]
    await database.close()

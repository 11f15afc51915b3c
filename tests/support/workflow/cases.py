"""What people do with cases, in one line each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pingshan_values.actor import Actor, ActorKind
from pingshan_workflow.domain.cases.case import CaseState, TaskState, Verdict
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.cases.view import CaseView, TaskView
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.cases.submit_case import SubmitCase, submit_case
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.decide_task import DecideTask, decide_task

COMPANY = "91440310TEXT10001K"
FORM: dict[str, Any] = {
    "shop_name": "小满餐厅",
    "premises": "坪山街道金牛西路 1 号 101",
    "area": "128.5",
    "legal_representative": "林小满",
    "business_items": ["热食类食品制售", "自制饮品制售"],
    "dine_in": True,
    "fire_method": "promise",
    "shop_sign": True,
    "sign_area": "6",
    "has_kitchen": True,
    "outlet_count": 2,
}
SMALL = FORM | {"dine_in": False, "shop_sign": False, "has_kitchen": False}


def officer(
    organisation: str, number: int = 1, *, posts: tuple[str, ...] = ("officer",), name: str = "王立夏"
) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        person_id=f"person-{organisation}-{number}",
        name=name,
        realm="staff",
        organisation=organisation,
        posts=posts,
        roles=frozenset({"officer"}),
        acr=1,
    )


CLERK = Actor(
    kind=ActorKind.PERSON,
    person_id="person-window-1",
    name="陈窗口",
    realm="staff",
    organisation="data",
    posts=("window-clerk",),
    roles=frozenset({"clerk"}),
    acr=1,
)


def filing(form: dict[str, Any] = FORM, code: str = COMPANY) -> Filing:
    return Filing("restaurant-opening", "深圳市坪山区小满餐饮有限公司", code, "周经办", "13800000001", form)


@dataclass
class Counter:
    given: Dependencies

    async def submit(self, form: dict[str, Any] = FORM, *, request_id: UUID | None = None, actor: Actor = CLERK) -> str:
        return await submit_case(self.given, actor, SubmitCase(request_id or uuid4(), filing(form)))

    async def decide(
        self,
        case_id: str,
        node: str,
        actor: Actor,
        verdict: Verdict = Verdict.APPROVE,
        comment: str = "",
        *,
        request_id: UUID | None = None,
    ) -> TaskView:
        command = DecideTask(request_id or uuid4(), f"{case_id}.{node}", verdict, comment)
        return await decide_task(self.given, actor, command)

    async def read(self, case_id: str) -> CaseView:
        return await read_case(self.given, CLERK, case_id=case_id)

    async def until(self, case_id: str, holds: Callable[[CaseView], bool], seconds: float = 20) -> CaseView:
        """The case as soon as it is so; TimeoutError with what it is instead."""
        for _ in range(int(seconds * 20)):
            case = await self.read(case_id)
            if holds(case):
                return case
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{case.row.state} {states(case)} {[entry.kind for entry in case.entries]}")

    async def until_open(self, case_id: str, *nodes: str) -> CaseView:
        return await self.until(case_id, lambda case: all(states(case).get(node) is TaskState.OPEN for node in nodes))

    async def until_closed(self, case_id: str) -> CaseView:
        return await self.until(case_id, lambda case: case.row.state is not CaseState.OPEN)


def states(case: CaseView) -> dict[str, TaskState]:
    return {task.row.node: task.row.state for task in case.tasks}

"""Forms of workflow."""

import asyncio
from typing import Any
from uuid import uuid4

from pingshan_workflow.domain.cases.execution import workflow_id
from stdnum.cn import uscc
from temporalio.client import Client

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Case, Form
from tests.support.workflow.cases import FORM

_MATTER = "/matters/restaurant-opening"


def _answers() -> dict[str, Any]:
    first = f"91440310TW{uuid4().int % 10**6:06d}1"
    code = first + str(uscc.calc_check_digit(first))
    who = {"applicant_name": "深圳市小满餐饮有限公司", "applicant_code": code}
    agent = {"agent_name": "周经办", "agent_mobile": "13800000001"}
    return {f"form.{name}": _typed(value) for name, value in FORM.items()} | who | agent


def _typed(value: Any) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return value
    return str(value)


async def check(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get(f"{_MATTER}/apply")
    return Form(browser, f"{_MATTER}/check", _answers())


async def submit(attacked: Attacked) -> Form:
    form = await check(attacked)
    await form.browser.post(form.action, dict(form.fields))
    return Form(form.browser, f"{_MATTER}/submit")


async def change_an_answer(attacked: Attacked) -> Form:
    form = await submit(attacked)
    form.action = f"{_MATTER}/apply"  # the second button of the form
    return form


async def _case(attacked: Attacked) -> tuple[Form, str]:
    form = await submit(attacked)
    address = (await form.send()).headers["location"]
    return form, address.split("/")[2]


async def _open_task(attacked: Attacked, case_id: str) -> str:
    """Returns the node of the task that the worker opens for the case."""
    query = f"SELECT node FROM task WHERE case_id = '{case_id}' AND state = 'open' AND organisation = 'amr' LIMIT 1"
    async with asyncio.timeout(20):
        while not (found := await attacked.rows(query)):  # noqa: ASYNC110 - the worker opens it
            await asyncio.sleep(0.1)
    return str(found[0][0])


async def reveal(attacked: Attacked) -> Form:
    form, case_id = await _case(attacked)
    await _open_task(attacked, case_id)  # or the worker writes it between the two answers
    await form.browser.get(f"/cases/{case_id}")
    return Form(form.browser, f"/cases/{case_id}/reveal")


async def resume(attacked: Attacked) -> Form:
    """Of a case whose execution somebody has ended at Temporal."""
    form, case_id = await _case(attacked)
    await _open_task(attacked, case_id)
    fields = attacked.bound.fields
    client = await Client.connect(fields["temporal_address"], namespace=fields["temporal_namespace"])
    await client.get_workflow_handle(workflow_id(case_id)).terminate("by mistake")
    await attacked.rows(f"UPDATE case_file SET fault = 'ended' WHERE case_id = '{case_id}'")
    await form.browser.get(f"/cases/{case_id}")
    return Form(form.browser, f"/cases/{case_id}/resume")


async def confirm(attacked: Attacked) -> Form:
    _, case_id = await _case(attacked)
    task = f"/tasks/{case_id}.{await _open_task(attacked, case_id)}"
    officer = await attacked.browser(str(uuid4()))  # whoever filed does not decide
    await officer.get(task)
    return Form(officer, f"{task}/confirm", {"verdict": "approve", "comment": ""})


async def decide(attacked: Attacked) -> Form:
    form = await confirm(attacked)
    await form.browser.post(form.action, dict(form.fields))
    return Form(form.browser, form.action.replace("/confirm", "/decision"))


async def search(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get("/cases")
    return Form(browser, "/cases", {"q": "2026-000001"})


CASES = (
    Case("/matters/{code}/check", check, writes=False),
    Case("/matters/{code}/submit", submit),
    Case("/matters/{code}/apply", change_an_answer, writes=False),
    Case("/cases/{case_id}/reveal", reveal),
    Case("/cases/{case_id}/resume", resume),
    Case("/tasks/{task_id}/confirm", confirm, writes=False),
    Case("/tasks/{task_id}/decision", decide),
    Case("/cases", search, writes=False),
)

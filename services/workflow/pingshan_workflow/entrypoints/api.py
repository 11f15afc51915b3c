"""REST routes below /v1, which do the same as the RPCs."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pingshan_kit.auth import bearer
from pingshan_kit.http import PageSize, PageToken, idempotency_key
from pingshan_values.actor import Actor
from pydantic import BaseModel, ConfigDict, Field

from pingshan_workflow.domain.access import OFFICER
from pingshan_workflow.domain.cases.case import CaseState, TaskState, Verdict
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.cases.view import CaseView, TaskView
from pingshan_workflow.domain.clock.light import Light
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.cases.reveal_case import RevealCase, reveal_case
from pingshan_workflow.usecases.cases.submit_case import SubmitCase, submit_case
from pingshan_workflow.usecases.definitions.list_matters import list_matters
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.decide_task import DecideTask, decide_task
from pingshan_workflow.usecases.tasks.list_tasks import list_tasks

Caller = Annotated[Actor, Depends(bearer())]
Officer = Annotated[Actor, Depends(bearer(OFFICER))]
RequestId = Annotated[UUID, Depends(idempotency_key)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubmitBody(_Body):
    process: str = Field(max_length=60, description="code of the matter, for example restaurant-opening")
    applicant_name: str = Field(max_length=200)
    applicant_code: str = Field(max_length=40, description="unified social credit code or person number")
    agent_name: str = Field(max_length=200, description="经办人")
    agent_mobile_number: str = Field(max_length=40)
    form: dict[str, Any] = Field(description="answers by field name")


class DecideBody(_Body):
    verdict: Verdict
    comment: str = Field(default="", max_length=4000, description="required for a rejection")


class TaskDocument(BaseModel):
    task_id: str
    case_id: str
    node: str
    title_zh: str
    title_en: str
    organisation: str
    post: str
    state: TaskState
    due_on: date | None
    light: Light
    working_days_left: int


class CaseDocument(BaseModel):
    case_id: str
    process: str
    definition_hash: str
    applicant_name: str
    applicant_code: str
    state: CaseState
    submit_time: datetime
    close_time: datetime | None
    accepted_on: date | None
    promise_due_on: date | None
    light: Light
    tasks: list[TaskDocument]
    license_ids: list[str]


class TaskList(BaseModel):
    tasks: list[TaskDocument]
    next_page_token: str


class MatterDocument(BaseModel):
    code: str
    version: int
    matter_code: str
    title_zh: str
    title_en: str
    lead: str
    promised_working_days: int


def router(deps: Dependencies) -> APIRouter:
    api = APIRouter()
    _cases(api, deps)
    _tasks(api, deps)

    @api.get("/matters", operation_id="ListMatters")
    async def matters() -> list[MatterDocument]:
        return [
            MatterDocument(
                code=found.code,
                version=found.version,
                matter_code=found.matter_code,
                title_zh=found.title.zh,
                title_en=found.title.en,
                lead=found.lead,
                promised_working_days=found.promise.days,
            )
            for found in await list_matters(deps)
        ]

    return api


def _cases(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/cases", operation_id="SubmitCase", status_code=status.HTTP_201_CREATED)
    async def submit(caller: Caller, request_id: RequestId, body: SubmitBody) -> CaseDocument:
        filing = Filing(
            process=body.process,
            applicant_name=body.applicant_name,
            applicant_code=body.applicant_code,
            agent_name=body.agent_name,
            agent_mobile=body.agent_mobile_number,
            form=body.form,
        )
        case_id = await submit_case(deps, caller, SubmitCase(request_id, filing))
        return case_document(await read_case(deps, caller, case_id=case_id))

    @api.get("/cases/{case_id}", operation_id="GetCase")
    async def get(caller: Caller, case_id: str) -> CaseDocument:
        return case_document(await read_case(deps, caller, case_id=case_id))

    @api.post("/cases/{case_id}/reveal", operation_id="RevealCase")
    async def reveal(caller: Caller, case_id: str) -> CaseDocument:
        return case_document(await reveal_case(deps, caller, RevealCase(case_id)))


def _tasks(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/tasks", operation_id="ListTasks")
    async def inbox(caller: Officer, page_size: PageSize = 0, page_token: PageToken = "") -> TaskList:
        found = await list_tasks(deps, caller, page_size=page_size, page_token=page_token)
        return TaskList(tasks=[task_document(line.task) for line in found.items], next_page_token=found.next_page_token)

    @api.post("/tasks/{task_id}/decision", operation_id="DecideTask")
    async def decide(caller: Officer, request_id: RequestId, task_id: str, body: DecideBody) -> TaskDocument:
        command = DecideTask(request_id, task_id, body.verdict, body.comment)
        return task_document(await decide_task(deps, caller, command))


def case_document(case: CaseView) -> CaseDocument:
    row = case.row
    return CaseDocument(
        case_id=row.case_id,
        process=row.process,
        definition_hash=row.definition_hash,
        applicant_name=row.applicant_name,
        applicant_code=row.applicant_code,
        state=row.state,
        submit_time=row.received_at,
        close_time=row.closed_at,
        accepted_on=row.accepted_on,
        promise_due_on=row.promise_due,
        light=case.remaining.light,
        tasks=[task_document(task) for task in case.tasks],
        license_ids=[issued.license_id for issued in case.licenses],
    )


def task_document(task: TaskView) -> TaskDocument:
    return TaskDocument(
        task_id=task.row.task_id,
        case_id=task.row.case_id,
        node=task.row.node,
        title_zh=task.node.title.zh,
        title_en=task.node.title.en,
        organisation=task.row.organisation,
        post=task.row.post,
        state=task.row.state,
        due_on=task.row.due_on,
        light=task.remaining.light,
        working_days_left=task.remaining.days,
    )

"""Servicers of CaseService and TaskService."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.json_format import MessageToDict
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc, task_pb2, task_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import InvalidRequest

from pingshan_workflow.domain.cases.case import CaseState, TaskState, Verdict
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.cases.view import CaseView, TaskView
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.cases.reveal_case import RevealCase, reveal_case
from pingshan_workflow.usecases.cases.submit_case import SubmitCase, submit_case
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.decide_task import DecideTask, decide_task
from pingshan_workflow.usecases.tasks.list_tasks import list_tasks

_Context = grpc.aio.ServicerContext[Any, Any]

_CASE_STATES = {
    CaseState.OPEN: case_pb2.CASE_STATE_OPEN,
    CaseState.APPROVED: case_pb2.CASE_STATE_APPROVED,
    CaseState.REJECTED: case_pb2.CASE_STATE_REJECTED,
}
_TASK_STATES = {
    TaskState.OPEN: case_pb2.TASK_STATE_OPEN,
    TaskState.APPROVED: case_pb2.TASK_STATE_APPROVED,
    TaskState.REJECTED: case_pb2.TASK_STATE_REJECTED,
    TaskState.SKIPPED: case_pb2.TASK_STATE_SKIPPED,
}
_VERDICTS: Mapping[int, Verdict] = {
    task_pb2.VERDICT_APPROVE: Verdict.APPROVE,
    task_pb2.VERDICT_REJECT: Verdict.REJECT,
}


class Cases(case_pb2_grpc.CaseServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SubmitCase(  # noqa: N802
        self, request: case_pb2.SubmitCaseRequest, _context: _Context
    ) -> case_pb2.SubmitCaseResponse:
        filing = Filing(
            process=request.process,
            applicant_name=request.applicant_name,
            applicant_code=request.applicant_code,
            agent_name=request.agent_name,
            agent_mobile=request.agent_mobile_number,
            form=MessageToDict(request.form),
        )
        command = SubmitCase(_request_id(request.request_id), filing)
        case_id = await submit_case(self._deps, rpc.actor(), command)
        case = await read_case(self._deps, rpc.actor(), case_id=case_id)
        return case_pb2.SubmitCaseResponse(case=case_message(case))

    async def GetCase(  # noqa: N802
        self, request: case_pb2.GetCaseRequest, _context: _Context
    ) -> case_pb2.GetCaseResponse:
        case = await read_case(self._deps, rpc.actor(), case_id=request.case_id)
        return case_pb2.GetCaseResponse(case=case_message(case))

    async def RevealCase(  # noqa: N802
        self, request: case_pb2.RevealCaseRequest, _context: _Context
    ) -> case_pb2.RevealCaseResponse:
        case = await reveal_case(self._deps, rpc.actor(), RevealCase(request.case_id))
        return case_pb2.RevealCaseResponse(case=case_message(case))


class Tasks(task_pb2_grpc.TaskServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListTasks(  # noqa: N802
        self, request: task_pb2.ListTasksRequest, _context: _Context
    ) -> task_pb2.ListTasksResponse:
        page = await list_tasks(self._deps, rpc.actor(), page_size=request.page_size, page_token=request.page_token)
        tasks = [task_message(line.task) for line in page.items]
        return task_pb2.ListTasksResponse(tasks=tasks, next_page_token=page.next_page_token)

    async def DecideTask(  # noqa: N802
        self, request: task_pb2.DecideTaskRequest, _context: _Context
    ) -> task_pb2.DecideTaskResponse:
        command = DecideTask(
            request_id=_request_id(request.request_id),
            task_id=request.task_id,
            verdict=_verdict(request.verdict),
            comment=request.comment,
        )
        task = await decide_task(self._deps, rpc.actor(), command)
        return task_pb2.DecideTaskResponse(task=task_message(task))


def case_message(case: CaseView) -> case_pb2.Case:
    row = case.row
    message = case_pb2.Case(
        case_id=row.case_id,
        process=row.process,
        definition_hash=row.definition_hash,
        applicant_name=row.applicant_name,
        applicant_code=row.applicant_code,
        state=_CASE_STATES[row.state],
        tasks=[task_message(task) for task in case.tasks],
        license_ids=[issued.license_id for issued in case.licenses],
        accepted_on=_day(row.accepted_on),
        promise_due_on=_day(row.promise_due),
    )
    message.submit_time.FromDatetime(row.received_at)
    if row.closed_at:
        message.close_time.FromDatetime(row.closed_at)
    return message


def task_message(task: TaskView) -> case_pb2.Task:
    return case_pb2.Task(
        task_id=task.row.task_id,
        node=task.row.node,
        title_zh=task.node.title.zh,
        title_en=task.node.title.en,
        organisation=task.row.organisation,
        post=task.row.post,
        state=_TASK_STATES[task.row.state],
        due_on=_day(task.row.due_on),
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _request_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidRequest([("request_id", "须为 UUID", "Must be a UUID")]) from None


def _verdict(number: int) -> Verdict:
    verdict = _VERDICTS.get(number)
    if verdict is None:
        raise InvalidRequest([("verdict", "请选择通过或不予通过", "Choose approve or reject")])
    return verdict

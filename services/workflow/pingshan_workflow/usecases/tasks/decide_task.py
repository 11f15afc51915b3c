"""Decides a task. Exactly one decision wins; whoever comes second is refused and learns who decided."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.errors import RequestIdReused
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError

from pingshan_workflow.domain.cases.case import Decision, TaskState, Verdict, check_reason
from pingshan_workflow.domain.cases.view import TaskRow, TaskView
from pingshan_workflow.domain.errors import (
    AlreadyDecided,
    CaseClosed,
    CaseStalled,
    NotConfirmed,
    TaskNotFound,
    TaskNotOpen,
)
from pingshan_workflow.domain.tasks.decision import check_comment, check_decidable, is_on_record
from pingshan_workflow.store import history
from pingshan_workflow.usecases.cases.catch_up import CatchUp, catch_up
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.read_task import read_task


@dataclass(frozen=True, slots=True)
class DecideTask:
    request_id: UUID
    task_id: str
    verdict: Verdict
    comment: str = field(default="", repr=False)
    """Required for a rejection; at most 2,000 characters."""


async def decide_task(deps: Dependencies, actor: Actor, command: DecideTask) -> TaskView:
    """Returns the decided task; the same request id with the same decision returns it again.

    Raises TaskNotFound, NotAssignee, OwnApplication, ReasonRequired, RequestInvalid, AlreadyDecided, TaskNotOpen,
    CaseClosed, RequestIdReused, and NotConfirmed where Temporal did not answer. The audit log records refusals, except
    RequestInvalid, TaskNotFound and NotConfirmed.
    """
    check_comment(command.comment.strip())
    try:
        before, case = await read_task(deps, actor, task_id=command.task_id)
        await _check_decidable(deps, actor, before.row, command.request_id, is_own=case.is_own)
        decision = _decision(actor, before.row, command)
        if before.row.state is TaskState.OPEN:
            await _send(deps, actor, before.row, decision)
        after, _ = await read_task(deps, actor, task_id=command.task_id)
        if not is_on_record(after.row, decision):
            # Temporal answers a known update id with the first one's result, whatever the body says.
            raise RequestIdReused
    except DomainError as error:
        if not isinstance(error, NotConfirmed | TaskNotFound):
            await _record_refusal(deps, actor, command, error)
        raise
    return after


async def _check_decidable(deps: Dependencies, actor: Actor, task: TaskRow, request_id: UUID, *, is_own: bool) -> None:
    """Refuses by the projection what needs no question to the workflow execution."""
    decided_with = None
    if task.state.is_decided:
        async with deps.database.read() as tx:
            decided_with = await history.request_of(tx, task.case_id, task.node)
    check_decidable(actor, task, is_own=is_own, request_id=request_id, decided_with=decided_with)


def _decision(actor: Actor, task: TaskRow, command: DecideTask) -> Decision:
    comment = command.comment.strip()
    check_reason(task.task_id, command.verdict, comment)
    return Decision(
        request_id=str(command.request_id),
        node=task.node,
        verdict=command.verdict,
        comment=comment,
        person_id=actor.person_id or "",
        person_name=actor.name or "",
        organisation=actor.organisation or "",
        posts=actor.posts,
    )


async def _send(deps: Dependencies, actor: Actor, before: TaskRow, decision: Decision) -> None:
    """Sends the decision; where the case refuses what is open here, refuses by what is on record since.

    A task that is still open here then was put back by an older copy of the database: what is missing is recorded.
    """
    try:
        await deps.executions.decide(before.case_id, decision)
    except (AlreadyDecided, CaseClosed, TaskNotFound, TaskNotOpen):
        after, case = await read_task(deps, actor, task_id=before.task_id)
        if after.row.state is TaskState.OPEN:
            if await catch_up(deps, CatchUp(before.case_id)):
                raise CaseStalled(case_id=before.case_id) from None
            after, case = await read_task(deps, actor, task_id=before.task_id)
        await _check_decidable(deps, actor, after.row, UUID(decision.request_id), is_own=case.is_own)
        raise


async def _record_refusal(deps: Dependencies, actor: Actor, command: DecideTask, error: DomainError) -> None:
    async with deps.database.begin() as tx:
        await audit_log.append(
            tx,
            actor=actor,
            act="task.decision-refused",
            subject=command.task_id,
            details={"reason": type(error).__name__, "request_id": str(command.request_id)},
        )

"""Decide a task. Exactly one decision wins; whoever comes second is refused and told who decided."""

from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import InvalidRequest, RequestIdReused
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from pingshan_values.masked import mask_name

from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.domain import access
from pingshan_workflow.domain.case import Decision, TaskState, Verdict
from pingshan_workflow.domain.errors import (
    AlreadyDecided,
    CaseClosed,
    NotAssignee,
    NotConfirmed,
    ReasonRequired,
    TaskNotFound,
    TaskNotOpen,
)
from pingshan_workflow.domain.view import TaskView
from pingshan_workflow.store import history
from pingshan_workflow.usecases.read_task import read_task

MAX_COMMENT = 2000


async def decide_task(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    flights: TemporalCases,
    *,
    request_id: UUID,
    task_id: str,
    verdict: Verdict,
    comment: str,
) -> TaskView:
    """The decided task.

    Raises TaskNotFound, NotAssignee, ReasonRequired, InvalidRequest, AlreadyDecided, TaskNotOpen, CaseClosed,
    RequestIdReused, NotConfirmed. A refusal is put on record.
    """
    comment = comment.strip()
    if len(comment) > MAX_COMMENT:
        raise InvalidRequest([("comment", f"最多 {MAX_COMMENT} 个字", f"At most {MAX_COMMENT} characters")])
    try:
        before, _ = await read_task(actor, database, personal, task_id)
        await _refuse(actor, database, before, request_id)
        decision = _decision(actor, before, request_id, verdict, comment)
        if before.row.state is TaskState.OPEN:
            await _send(actor, database, personal, flights, before, decision)
        after, _ = await read_task(actor, database, personal, task_id)
        _refuse_other_body(after, decision)
    except (DomainError, RequestIdReused) as error:
        if not isinstance(error, NotConfirmed):
            await _record_refusal(actor, database, task_id, request_id, error)
        raise
    return after


async def _refuse(actor: Actor, database: Database, task: TaskView, request_id: UUID) -> None:
    """Refuses by the projection what needs no question to the case in flight."""
    row = task.row
    if not access.may_decide(actor, row.organisation, row.post):
        raise NotAssignee(task_id=row.task_id, organisation=row.organisation, post=row.post)
    if row.state is TaskState.SKIPPED:
        raise TaskNotOpen(task_id=row.task_id)
    if row.state is TaskState.OPEN:
        return
    async with database.read() as tx:
        decided_with = await history.request_of(tx, row.case_id, row.node)
    if decided_with != request_id:
        raise AlreadyDecided(task_id=row.task_id, decided_by=mask_name(row.decided_by_name) or "—")


def _decision(actor: Actor, task: TaskView, request_id: UUID, verdict: Verdict, comment: str) -> Decision:
    if verdict is Verdict.REJECT and not comment:
        raise ReasonRequired(task_id=task.row.task_id)
    return Decision(
        request_id=str(request_id),
        node=task.row.node,
        verdict=verdict,
        comment=comment,
        person_id=actor.person_id or "",
        person_name=actor.name or "",
        organisation=actor.organisation or "",
        posts=actor.posts,
    )


async def _send(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    flights: TemporalCases,
    before: TaskView,
    decision: Decision,
) -> None:
    """A case that closed meanwhile has its last decision on record: that is the better answer."""
    try:
        await flights.decide(before.row.case_id, decision)
    except CaseClosed:
        after, _ = await read_task(actor, database, personal, before.row.task_id)
        await _refuse(actor, database, after, UUID(decision.request_id))
        if after.row.state is TaskState.OPEN:
            raise


def _refuse_other_body(after: TaskView, decision: Decision) -> None:
    """Temporal answers a known update id with the first one's result, whatever the body says."""
    verdict = Verdict.APPROVE if after.row.state is TaskState.APPROVED else Verdict.REJECT
    if (after.row.decided_by, verdict, after.row.comment) != (decision.person_id, decision.verdict, decision.comment):
        raise RequestIdReused


async def _record_refusal(actor: Actor, database: Database, task_id: str, request_id: UUID, error: Exception) -> None:
    if isinstance(error, TaskNotFound):
        return
    async with database.begin() as tx:
        await audit_log.append(
            tx,
            actor=actor,
            act="task.decision-refused",
            subject=task_id,
            details={"reason": type(error).__name__, "request_id": str(request_id)},
        )

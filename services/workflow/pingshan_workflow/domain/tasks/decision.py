"""Checks a decision on a task against the projection; `domain/cases/run.py` checks again against the case itself."""

from uuid import UUID

from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from pingshan_values.masked import mask_name
from pingshan_values.text import SEVERAL_LINES, is_text

from pingshan_workflow.domain.access import may_decide
from pingshan_workflow.domain.cases.case import NOBODY, Decision, TaskState, Verdict
from pingshan_workflow.domain.cases.view import TaskRow
from pingshan_workflow.domain.errors import AlreadyDecided, NotAssignee, OwnApplication, RequestInvalid, TaskNotOpen

MAX_COMMENT = 2000


def check_comment(comment: str) -> None:
    """Raises RequestInvalid for more than 2,000 characters, or what is no text."""
    if len(comment) > MAX_COMMENT:
        zh, en = f"最多 {MAX_COMMENT} 个字", f"At most {MAX_COMMENT} characters"
        raise RequestInvalid([Violation("comment", zh, en)])
    if comment and not is_text(comment, MAX_COMMENT):
        zh, en = f"应为{SEVERAL_LINES.zh}", f"Must be text {SEVERAL_LINES.en}"
        raise RequestInvalid([Violation("comment", zh, en)])


def check_decidable(actor: Actor, task: TaskRow, *, is_own: bool, request_id: UUID, decided_with: UUID | None) -> None:
    """Refuses a decision that cannot be taken; a decided task admits only the request that decided it.

    `is_own` is what `is_own_application` says, `decided_with` the request id of the recorded decision, None where no
    person decided. Raises NotAssignee where the actor does not hold the post, TaskNotOpen where the task was skipped,
    AlreadyDecided, OwnApplication, in this order.
    """
    if not may_decide(actor, task.organisation, task.post):
        raise NotAssignee(task_id=task.task_id, organisation=task.organisation, post=task.post)
    if task.state is TaskState.SKIPPED:
        raise TaskNotOpen(task_id=task.task_id)
    if task.state.is_decided and decided_with != request_id:
        raise AlreadyDecided(task_id=task.task_id, decided_by=mask_name(task.decided_by_name) or NOBODY)
    if is_own and not task.state.is_decided:
        raise OwnApplication(task_id=task.task_id)


def is_on_record(task: TaskRow, decision: Decision) -> bool:
    """Returns True if this person decided the task, with this verdict and comment."""
    verdict = Verdict.APPROVE if task.state is TaskState.APPROVED else Verdict.REJECT
    kept = (task.decided_by, verdict, task.comment)
    return kept == (decision.person_id, decision.verdict, decision.comment)

"""Checks a decision on a task against the projection; `run.py` checks again against the case itself."""

from uuid import UUID

from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from pingshan_values.masked import mask_name
from pingshan_values.text import is_storable

from pingshan_workflow.domain.access import may_decide
from pingshan_workflow.domain.case import Decision, TaskState, Verdict
from pingshan_workflow.domain.errors import AlreadyDecided, NotAssignee, ReasonRequired, RequestInvalid, TaskNotOpen
from pingshan_workflow.domain.view import TaskRow

MAX_COMMENT = 2000


def check_comment(comment: str) -> None:
    """Raises RequestInvalid for more than 2,000 characters, or for characters that cannot be stored."""
    if len(comment) > MAX_COMMENT:
        zh, en = f"最多 {MAX_COMMENT} 个字", f"At most {MAX_COMMENT} characters"
        raise RequestInvalid([Violation("comment", zh, en)])
    if not is_storable(comment):
        raise RequestInvalid([Violation("comment", "含有不能保存的字符", "A character cannot be kept")])


def check_reason(task_id: str, verdict: Verdict, comment: str) -> None:
    """Raises ReasonRequired for a rejection without a reason (行政许可法 Art. 38)."""
    if verdict is Verdict.REJECT and not comment.strip():
        raise ReasonRequired(task_id=task_id)


def check_decidable(actor: Actor, task: TaskRow, *, request_id: UUID, decided_with: UUID | None) -> None:
    """Refuses a decision that cannot be taken; a decided task admits only the request that decided it.

    `decided_with` is the request id of the recorded decision, None where no person decided. Raises NotAssignee where
    the actor does not hold the post, TaskNotOpen where the task was skipped, AlreadyDecided, in this order.
    """
    if not may_decide(actor, task.organisation, task.post):
        raise NotAssignee(task_id=task.task_id, organisation=task.organisation, post=task.post)
    if task.state is TaskState.SKIPPED:
        raise TaskNotOpen(task_id=task.task_id)
    if task.state.is_decided and decided_with != request_id:
        raise AlreadyDecided(task_id=task.task_id, decided_by=mask_name(task.decided_by_name) or "—")


def is_on_record(task: TaskRow, decision: Decision) -> bool:
    """Returns True if this person decided the task, with this verdict and comment."""
    verdict = Verdict.APPROVE if task.state is TaskState.APPROVED else Verdict.REJECT
    kept = (task.decided_by, verdict, task.comment)
    return kept == (decision.person_id, decision.verdict, decision.comment)

"""What a decision on a task must be, seen from the projection; `run.py` refuses again where the case is true."""

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
    """Raises RequestInvalid for more than 2,000 characters, or for one that cannot be kept."""
    if len(comment) > MAX_COMMENT:
        zh, en = f"最多 {MAX_COMMENT} 个字", f"At most {MAX_COMMENT} characters"
        raise RequestInvalid([Violation("comment", zh, en)])
    if not is_storable(comment):
        raise RequestInvalid([Violation("comment", "含有不能保存的字符", "A character cannot be kept")])


def check_reason(task_id: str, verdict: Verdict, comment: str) -> None:
    """A rejection gives its reason (行政许可法 Art. 38). Raises ReasonRequired."""
    if verdict is Verdict.REJECT and not comment.strip():
        raise ReasonRequired(task_id=task_id)


def check_decidable(actor: Actor, task: TaskRow, *, request_id: UUID, decided_with: UUID | None) -> None:
    """An open task is decided by whoever holds its post; a decided one only by the request that decided it.

    Args:
        actor: who decides.
        task: as it is stored now.
        request_id: of this decision.
        decided_with: the request id of the decision on record; None where no person has decided.

    Raises:
        NotAssignee, TaskNotOpen, AlreadyDecided: in this order.

    """
    if not may_decide(actor, task.organisation, task.post):
        raise NotAssignee(task_id=task.task_id, organisation=task.organisation, post=task.post)
    if task.state is TaskState.SKIPPED:
        raise TaskNotOpen(task_id=task.task_id)
    if task.state.is_decided and decided_with != request_id:
        raise AlreadyDecided(task_id=task.task_id, decided_by=mask_name(task.decided_by_name) or "—")


def is_on_record(task: TaskRow, decision: Decision) -> bool:
    """Whether the task was decided by this person, with this verdict and comment."""
    verdict = Verdict.APPROVE if task.state is TaskState.APPROVED else Verdict.REJECT
    kept = (task.decided_by, verdict, task.comment)
    return kept == (decision.person_id, decision.verdict, decision.comment)

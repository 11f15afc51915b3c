"""What a decision must be, and whom a decided task still answers."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pingshan_values.actor import Actor
from pingshan_workflow.domain.cases.case import Decision, TaskState, Verdict, check_reason
from pingshan_workflow.domain.cases.view import TaskRow
from pingshan_workflow.domain.errors import (
    AlreadyDecided,
    NotAssignee,
    OwnApplication,
    ReasonRequired,
    RequestInvalid,
    TaskNotOpen,
)
from pingshan_workflow.domain.tasks.decision import check_comment, check_decidable, is_on_record

from tests.support.workflow.cases import CLERK, officer

FIRST, SECOND = UUID(int=1), UUID(int=2)
OPEN = TaskRow(
    case_id="2026-000001",
    node="acceptance",
    organisation="amr",
    post="officer",
    state=TaskState.OPEN,
    opened_at=datetime(2026, 11, 22, tzinfo=UTC),
    due_on=None,
    limit_days=None,
    decided_at=None,
    decided_by="",
    decided_by_name="",
    comment="",
)
APPROVED = replace(OPEN, state=TaskState.APPROVED, decided_by="person-amr-1", decided_by_name="王立夏", comment="同意")


@pytest.mark.parametrize("comment", ["字" * 2001, "a\0", "\ud800", "同\u202e意", "同\x1b意"])
def test_a_comment_can_be_kept(comment: str) -> None:
    check_comment("字" * 2000)
    check_comment("一、材料不全。\r\n二、地址不符。")
    with pytest.raises(RequestInvalid) as refused:
        check_comment(comment)
    assert [each.path for each in refused.value.violations] == ["comment"]


def test_a_rejection_has_a_reason() -> None:
    check_reason("task", Verdict.APPROVE, "")
    check_reason("task", Verdict.REJECT, "材料不全")
    with pytest.raises(ReasonRequired):
        check_reason("task", Verdict.REJECT, " ")


@pytest.mark.parametrize("actor", [officer("fire"), officer("amr", posts=("duty-officer",)), CLERK])
@pytest.mark.parametrize("task", [OPEN, APPROVED, replace(OPEN, state=TaskState.SKIPPED)])
def test_only_the_post_decides(actor: Actor, task: TaskRow) -> None:
    with pytest.raises(NotAssignee):
        check_decidable(actor, task, is_own=False, request_id=FIRST, decided_with=FIRST)


def test_a_decided_task_answers_the_request_that_decided_it_alone() -> None:
    check_decidable(officer("amr"), OPEN, is_own=False, request_id=FIRST, decided_with=None)
    check_decidable(officer("amr"), APPROVED, is_own=False, request_id=FIRST, decided_with=FIRST)
    with pytest.raises(AlreadyDecided) as refused:
        check_decidable(officer("amr"), APPROVED, is_own=False, request_id=SECOND, decided_with=FIRST)
    assert refused.value.params["decided_by"] == "王*夏"
    silent = replace(APPROVED, decided_by="", decided_by_name="")
    with pytest.raises(AlreadyDecided) as refused:
        check_decidable(officer("amr"), silent, is_own=False, request_id=SECOND, decided_with=None)
    assert refused.value.params["decided_by"] == "—"


def test_a_skipped_task_is_nobodys() -> None:
    with pytest.raises(TaskNotOpen):
        check_decidable(
            officer("amr"), replace(OPEN, state=TaskState.SKIPPED), is_own=False, request_id=FIRST, decided_with=None
        )


@pytest.mark.parametrize(
    ("changed", "same"),
    [({}, True), ({"verdict": Verdict.REJECT}, False), ({"comment": ""}, False), ({"person_id": "other"}, False)],
)
def test_another_body_is_not_what_is_on_record(changed: dict[str, object], same: bool) -> None:
    decision = Decision(
        str(FIRST), "acceptance", Verdict.APPROVE, "同意", "person-amr-1", "王立夏", "amr", ("officer",)
    )
    assert is_on_record(APPROVED, replace(decision, **changed)) is same  # type: ignore[arg-type]


def test_nobody_decides_their_own_application() -> None:
    with pytest.raises(OwnApplication):
        check_decidable(officer("amr"), OPEN, is_own=True, request_id=FIRST, decided_with=None)
    with pytest.raises(NotAssignee):
        check_decidable(officer("fire"), OPEN, is_own=True, request_id=FIRST, decided_with=None)
    check_decidable(officer("amr"), APPROVED, is_own=True, request_id=FIRST, decided_with=FIRST)

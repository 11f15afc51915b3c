"""What a reader sees of a case without a record of the look."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from pingshan_workflow.domain.cases.case import CaseState, TaskState
from pingshan_workflow.domain.cases.masking import masked, sees_unmasked, shown_applicant, shown_task
from pingshan_workflow.domain.cases.view import CaseRow, TaskRow

from tests.support.workflow.cases import CLERK, COMPANY, officer
from tests.support.workflow.definitions import TITLE, definition, task

NUMBER = "440310198502140001"
OWNER = Actor(kind=ActorKind.PERSON, person_id="1", realm="public", act_for=(NUMBER,))
OPERATOR = replace(officer("data"), roles=frozenset({"operator"}))
FORM = [
    {"name": "owner", "title": TITLE, "type": "text", "required": "true", "personal": True},
    {"name": "shop", "title": TITLE, "type": "text", "required": "true"},
]
DEFINITION = definition({"first": task("granted", on_reject="refused")}, form=FORM)
ROW = CaseRow(
    case_id="2026-000001",
    definition_hash="",
    process="test",
    applicant_name="刘春生",
    applicant_code=NUMBER,
    agent_name="周经办",
    agent_mobile="+8613800000001",
    form={"owner": "林小满", "shop": "小满餐厅"},
    filed_by=CLERK.id,
    filed_by_name="陈窗口",
    state=CaseState.OPEN,
    received_at=datetime(2026, 11, 22, tzinfo=UTC),
    accepted_on=None,
    promise_due=None,
    closed_at=None,
)


def test_a_masked_case_tells_no_personal_data() -> None:
    shown = masked(ROW, DEFINITION, OPERATOR)
    assert (shown.applicant_name, shown.applicant_code) == ("刘*生", "440310**********01")
    assert (shown.agent_name, shown.agent_mobile, shown.filed_by_name) == ("周*办", "138****0001", "陈*口")
    assert shown.form == {"owner": "林*满", "shop": "小满餐厅"}


def test_an_organisation_keeps_its_name_and_whoever_filed_theirs() -> None:
    shown = masked(replace(ROW, applicant_name="小满餐饮", applicant_code=COMPANY), DEFINITION, CLERK)
    assert (shown.applicant_name, shown.filed_by_name) == ("小满餐饮", "陈窗口")
    assert shown.applicant_code == "914403**********1K"


def test_an_answer_of_several_is_masked_each() -> None:
    shown = masked(replace(ROW, form={"owner": ["林小满", "王五"]}), DEFINITION, OPERATOR)
    assert shown.form == {"owner": ["林*满", "王*"]}


def test_for_whom_the_mask_is_off() -> None:
    assert sees_unmasked(OWNER, NUMBER)
    assert sees_unmasked(Actor(kind=ActorKind.SERVICE, service="alerts"), NUMBER)
    for_somebody = replace(OPERATOR, service="alerts")
    for actor in (CLERK, OPERATOR, officer("amr"), for_somebody, replace(OWNER, act_for=(COMPANY,)), ANONYMOUS):
        assert not sees_unmasked(actor, NUMBER)


@pytest.mark.parametrize(
    ("actor", "name", "code", "shown"),
    [(OWNER, "刘春生", NUMBER, "刘春生"), (CLERK, "刘春生", NUMBER, "刘*生"), (CLERK, "小满餐饮", COMPANY, "小满餐饮")],
)
def test_names_in_lists(actor: Actor, name: str, code: str, shown: str) -> None:
    assert shown_applicant(actor, name, code) == shown


def test_who_of_the_staff_decided_is_told_to_those_who_handle_cases() -> None:
    decided = TaskRow(
        "2026-000001",
        "first",
        "amr",
        "officer",
        TaskState.APPROVED,
        ROW.received_at,
        None,
        None,
        None,
        "p",
        "王立夏",
        "",
    )
    assert shown_task(CLERK, decided) == decided
    for actor in (OPERATOR, OWNER):
        assert (shown_task(actor, decided).decided_by, shown_task(actor, decided).decided_by_name) == ("", "")

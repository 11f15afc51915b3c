"""What a transition makes of a stored case: its days, and when silence accepts."""

from datetime import UTC, date, datetime

import pytest
import yaml
from pingshan_workflow.domain.cases.case import CaseState, Decision, Kind, Transition, Verdict
from pingshan_workflow.domain.cases.projection import case_after, silences, task_due
from pingshan_workflow.domain.cases.view import CaseRow
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.definitions.definition import Definition, canonical, read_definition
from pingshan_workflow.seed import DEFINITIONS

CALENDAR = WorkingCalendar({})
RECEIVED, LATER = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC)
APPROVAL = Decision("1", "acceptance", Verdict.APPROVE, "", "person-amr-1", "王立夏", "amr", ("officer",))
ROW = CaseRow(
    case_id="2026-000001",
    definition_hash="",
    process="restaurant-opening",
    applicant_name="",
    applicant_code="",
    agent_name="",
    agent_mobile="",
    form={},
    filed_by="",
    filed_by_name="",
    state=CaseState.OPEN,
    received_at=RECEIVED,
    accepted_on=None,
    promise_due=None,
    closed_at=None,
)


@pytest.fixture(scope="module")
def definition() -> Definition:
    return read_definition(canonical(yaml.safe_load((DEFINITIONS / "restaurant-opening.yaml").read_text("utf-8"))))


def moved(definition: Definition, transition: Transition) -> CaseRow:
    return case_after(ROW, transition, definition, CALENDAR)


def test_a_person_accepts_on_the_day_and_silence_on_the_day_of_receipt(definition: Definition) -> None:
    decided = Transition(ROW.case_id, 2, Kind.DECIDED, LATER, "acceptance", decision=APPROVAL, accepted=True)
    silent = Transition(ROW.case_id, 2, Kind.DEEMED_ACCEPTED, LATER, "acceptance", accepted=True)
    assert moved(definition, decided).accepted_on == date(2026, 11, 25)
    assert moved(definition, silent).accepted_on == date(2026, 11, 23)


def test_the_outcome_closes_the_case(definition: Definition) -> None:
    going, end = (
        Transition(ROW.case_id, 2, Kind.DECIDED, LATER, outcome=outcome) for outcome in (None, CaseState.REJECTED)
    )
    assert (moved(definition, going).state, moved(definition, going).closed_at) == (CaseState.OPEN, None)
    assert (moved(definition, end).state, moved(definition, end).closed_at) == (CaseState.REJECTED, LATER)


def test_silence_accepts_after_the_last_day_in_time(definition: Definition) -> None:
    opened = Transition(ROW.case_id, 1, Kind.SUBMITTED, RECEIVED, opened=("acceptance",))
    assert task_due(CALENDAR, definition.required_task("acceptance"), ROW) == date(2026, 11, 30)
    assert silences(definition, CALENDAR, opened, ROW) == {"acceptance": datetime(2026, 11, 30, 16, tzinfo=UTC)}


def test_a_node_that_is_no_task_is_a_fault_of_ours(definition: Definition) -> None:
    with pytest.raises(TypeError):
        definition.required_task("nowhere")

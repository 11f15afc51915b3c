"""The interpreter, without Temporal: what follows from each act."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pingshan_workflow.domain.cases.case import (
    CaseFile,
    CaseState,
    Decision,
    IssuedLicense,
    TaskState,
    Transition,
    Verdict,
)
from pingshan_workflow.domain.cases.run import CaseRun
from pingshan_workflow.domain.definitions.definition import read_definition
from pingshan_workflow.domain.errors import (
    AlreadyDecided,
    CaseClosed,
    NotAssignee,
    ReasonRequired,
    TaskNotFound,
    TaskNotOpen,
)
from pingshan_workflow.seed import DEFINITIONS

from tests.support.workflow.definitions import document, join, parallel, task, text_and_hash

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RESTAURANT: Mapping[str, Any] = yaml.safe_load(Path(DEFINITIONS, "restaurant-opening.yaml").read_text(encoding="utf-8"))
FORM: dict[str, Any] = {
    "premises": "金牛西路 1 号",
    "area": "128.5",
    "legal_representative": "林小满",
    "business_items": ["热食类食品制售"],
    "dine_in": True,
    "shop_sign": True,
    "has_kitchen": True,
    "outlet_count": 2,
}
ORGANISATIONS = {
    "acceptance": "amr",
    "food-permit": "amr",
    "shop-sign": "urban",
    "fire-check": "fire",
    "drainage-permit": "water",
}


def run(definition: Mapping[str, Any] = RESTAURANT, form: Mapping[str, Any] = FORM) -> CaseRun:
    text, text_hash = text_and_hash(definition)
    file = CaseFile(
        case_id="2026-000001",
        request_id="r",
        definition=text,
        definition_hash=text_hash,
        applicant_name="小满餐饮",
        applicant_code="91440310TEXT10001X",
        agent_name="周经办",
        agent_mobile="+8613800000001",
        form=form,
        filed_by="person:1",
        filed_by_name="陈窗口",
        received_at=NOW,
    )
    return CaseRun(file, read_definition(text))


def decision(node: str, verdict: Verdict = Verdict.APPROVE, **changed: Any) -> Decision:
    fields: dict[str, Any] = {
        "request_id": "d",
        "node": node,
        "verdict": verdict,
        "comment": "理由" if verdict is Verdict.REJECT else "",
        "person_id": "p",
        "person_name": "王立夏",
        "organisation": ORGANISATIONS.get(node, "amr"),
        "posts": ("officer",),
    }
    return Decision(**fields | changed)


def approve(case: CaseRun, *nodes: str) -> Transition:
    return [case.decide(decision(node), NOW) for node in nodes][-1]


def reject(case: CaseRun, node: str) -> Transition:
    return case.decide(decision(node, Verdict.REJECT), NOW)


def started(form: Mapping[str, Any] = FORM) -> CaseRun:
    """Accepted, and the business licence found."""
    case = run(form=form)
    case.submit()
    approve(case, "acceptance")
    case.checked("business-licence-check", NOW, passed=True)
    return case


def licence(license_type: str) -> IssuedLicense:
    return IssuedLicense("l", "1.2.156", license_type)


def test_the_whole_way() -> None:
    case = run()
    assert case.submit().opened == ("acceptance",)
    accepted = approve(case, "acceptance")
    assert accepted.accepted
    assert [check.license_type for check in accepted.checks] == ["business-licence"]
    forked = case.checked("business-licence-check", NOW, passed=True)
    assert forked is not None
    assert set(forked.opened) == {"food-permit", "shop-sign", "fire-check", "drainage-permit"}
    joined = approve(case, "shop-sign", "fire-check", "food-permit", "drainage-permit")
    assert joined.orders[0].attributes["business_form"] == "餐饮服务经营者"
    second = case.issued("issue-food-permit", licence("food-business-permit"), NOW)
    assert second.orders[0].attributes["outlet_count"] == 2
    last = case.issued("issue-drainage-permit", licence("drainage-permit"), NOW)
    assert (last.outcome, last.end, last.number) == (CaseState.APPROVED, "granted", 9)


def test_what_the_form_does_not_need_is_never_asked() -> None:
    case = started(FORM | {"dine_in": False, "shop_sign": False, "has_kitchen": False})
    assert case.task_state("fire-check") is None
    assert [order.node for order in approve(case, "food-permit").orders] == ["issue-food-permit"]
    assert case.issued("issue-food-permit", licence("food-business-permit"), NOW).outcome is CaseState.APPROVED


def test_part_of_the_licences_is_issued_where_another_department_refuses() -> None:
    case = started()
    reject(case, "drainage-permit")
    reject(case, "shop-sign")
    approve(case, "fire-check", "food-permit")
    assert case.issued("issue-food-permit", licence("food-business-permit"), NOW).outcome is CaseState.APPROVED


def test_the_mandatory_department_ends_it_and_spares_the_others() -> None:
    case = started()
    ended = reject(case, "food-permit")
    assert ended.outcome is CaseState.REJECTED
    assert set(ended.skipped) == {"shop-sign", "fire-check", "drainage-permit"}
    with pytest.raises(TaskNotOpen):
        approve(case, "shop-sign")


def test_no_business_licence_no_departments() -> None:
    case = run()
    case.submit()
    approve(case, "acceptance")
    refused = case.checked("business-licence-check", NOW, passed=False)
    assert refused is not None
    assert (refused.outcome, refused.end) == (CaseState.REJECTED, "refused")
    assert case.checked("business-licence-check", NOW, passed=True) is None


def test_silence_accepts_once() -> None:
    case = run()
    case.submit()
    deemed = case.deem_accepted("acceptance", NOW)
    assert deemed is not None
    assert deemed.accepted
    assert case.deem_accepted("acceptance", NOW) is None


def test_who_comes_after_silence_hears_that_nobody_decided() -> None:
    case = run()
    case.submit()
    case.deem_accepted("acceptance", NOW)
    with pytest.raises(AlreadyDecided) as refused:
        case.refuse_decision(decision("acceptance", Verdict.REJECT, comment="材料不全"))
    assert refused.value.params["decided_by"] == "—"


@pytest.mark.parametrize(
    ("given_decision", "refusal"),
    [
        (decision("acceptance", organisation="fire"), NotAssignee),
        (decision("acceptance", posts=("clerk",)), NotAssignee),
        (decision("acceptance", Verdict.REJECT, comment="  "), ReasonRequired),
        (decision("food-permit"), TaskNotFound),
        (decision("granted"), TaskNotFound),
        (decision("nowhere"), TaskNotFound),
    ],
)
def test_refused_decisions_change_nothing(given_decision: Decision, refusal: type[Exception]) -> None:
    case = run()
    case.submit()
    with pytest.raises(refusal):
        case.decide(given_decision, NOW)
    assert case.number == 1
    assert case.task_state("acceptance") is TaskState.OPEN


def test_the_second_officer_hears_who_was_first() -> None:
    case = run()
    case.submit()
    approve(case, "acceptance")
    with pytest.raises(AlreadyDecided) as refused:
        approve(case, "acceptance")
    assert refused.value.params["decided_by"] == "王*夏"


def test_a_closed_case_takes_no_decision() -> None:
    case = run()
    case.submit()
    assert reject(case, "acceptance").outcome is CaseState.REJECTED
    with pytest.raises(AlreadyDecided):
        approve(case, "acceptance")
    with pytest.raises(CaseClosed):
        approve(case, "food-permit")


def three(mode: str, **more: Any) -> CaseRun:
    nodes = {"first": parallel("a", "b", "c"), **{name: task("joined") for name in "abc"}, "joined": join(mode, **more)}
    case = run(document(nodes), {})
    case.submit()
    return case


JOINS = [
    ("all", {}, "AA", None),
    ("all", {}, "AAA", "approved"),
    ("all", {}, "R", "rejected"),
    ("any", {}, "RR", None),
    ("any", {}, "RA", "approved"),
    ("any", {}, "RRR", "rejected"),
    ("count", {"needed": 2}, "AR", None),
    ("count", {"needed": 2}, "AA", "approved"),
    ("count", {"needed": 2}, "RR", "rejected"),
    ("mandatory", {"mandatory": ["b"]}, "RA", None),
    ("mandatory", {"mandatory": ["b"]}, "RAR", "approved"),
    ("mandatory", {"mandatory": ["b"]}, "AR", "rejected"),
]


@pytest.mark.parametrize(("mode", "more", "verdicts", "outcome"), JOINS)
def test_joins(mode: str, more: dict[str, Any], verdicts: str, outcome: str | None) -> None:
    case = three(mode, **more)
    for name, verdict in zip("abc", verdicts, strict=False):
        approve(case, name) if verdict == "A" else reject(case, name)
    assert case.outcome == outcome


def test_a_parallel_inside_a_branch() -> None:
    nodes = {
        "first": parallel("a", "b"),
        "a": task("inner"),
        "inner": parallel("c", "d", join="inner-joined"),
        "c": task("inner-joined"),
        "d": task("inner-joined"),
        "inner-joined": {**join("all"), "next": "joined", "on_fail": "joined"},
        "b": task("joined"),
        "joined": join("all"),
    }
    case = run(document(nodes), {})
    case.submit()
    assert set(approve(case, "a").opened) == {"c", "d"}
    approve(case, "c", "d")
    assert case.outcome is None
    assert approve(case, "b").outcome is CaseState.APPROVED


@given(
    acts=st.lists(st.tuples(st.sampled_from(sorted(ORGANISATIONS)), st.booleans()), max_size=12), passed=st.booleans()
)
def test_whatever_people_do_transitions_have_no_gap_and_the_end_is_the_end(
    acts: list[tuple[str, bool]], *, passed: bool
) -> None:
    case = run()
    numbers = [case.submit().number]
    for node, approves in acts:
        try:
            made = case.decide(decision(node, Verdict.APPROVE if approves else Verdict.REJECT), NOW)
        except (AlreadyDecided, CaseClosed, TaskNotFound, TaskNotOpen):
            continue
        numbers.append(made.number)
        for check in made.checks:
            checked = case.checked(check.node, NOW, passed=passed)
            numbers += [checked.number] if checked else []
    assert numbers == list(range(1, len(numbers) + 1))
    if case.outcome:
        assert all(case.task_state(node) is not TaskState.OPEN for node in ORGANISATIONS)

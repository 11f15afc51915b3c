"""How long somebody acts for somebody, where, and who may appoint."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pingshan_identity.domain.errors import (
    AgentNotFound,
    MobileNotValid,
    NotLegalRepresentative,
    RepresentationEndNotValid,
    RepresentationNotFound,
)
from pingshan_identity.domain.representations.representation import (
    LONGEST,
    Representation,
    RepresentationKind,
    agents_number,
    check_agent,
    check_end,
    goes_on,
    last_day_of_childhood,
    tidy_scope,
)
from pingshan_identity.domain.sign_in.upstream import Known
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

TODAY = date(2026, 11, 26)
AGENT = Representation(
    "r", "p", "91440310TEXT10001K", "小满餐饮", RepresentationKind.AGENT, ("workflow",), TODAY, TODAY, ended=False
)


@pytest.mark.parametrize(
    ("changed", "current"),
    [
        ({}, True),
        ({"until": None}, True),
        ({"until": TODAY - timedelta(days=1), "since": date(2026, 1, 1)}, False),
        ({"since": TODAY + timedelta(days=1), "until": None}, False),
        ({"ended": True}, False),
    ],
)
def test_current_from_the_first_day_to_the_last(changed: dict[str, object], current: bool) -> None:
    assert replace(AGENT, **changed).is_current(TODAY) is current  # type: ignore[arg-type]


def test_a_scope_covers_what_it_names_and_an_empty_one_everything() -> None:
    assert AGENT.covers("workflow")
    assert not AGENT.covers("e-license")
    assert replace(AGENT, scope=()).covers("e-license")


@pytest.mark.parametrize(
    ("scope", "changed", "on"),
    [
        (("workflow",), {}, True),
        (("workflow",), {"scope": ()}, True),
        (("workflow",), {"scope": ("e-license", "workflow")}, True),
        (("workflow",), {"scope": ("e-license",)}, False),
        ((), {}, False),
        ((), {"scope": ()}, True),
        (("workflow",), {"holder_code": "91440310TEXT10002X"}, False),
        (("workflow",), {"ended": True}, False),
        (("workflow",), {"until": TODAY - timedelta(days=1), "since": date(2026, 1, 1)}, False),
    ],
)
def test_a_power_goes_on_where_another_gives_all_of_it_today(
    scope: tuple[str, ...], changed: dict[str, object], on: bool
) -> None:
    over = replace(AGENT, scope=scope, since=date(2026, 1, 1), until=TODAY - timedelta(days=1))
    other = replace(AGENT, **changed)  # type: ignore[arg-type]
    assert goes_on(over, [over, other], TODAY) is on


def test_only_a_current_legal_representative_appoints() -> None:
    head = replace(AGENT, kind=RepresentationKind.LEGAL_REPRESENTATIVE)
    assert head.may_appoint(TODAY)
    assert not head.may_appoint(TODAY + timedelta(days=1))
    assert not AGENT.may_appoint(TODAY)
    assert not replace(AGENT, kind=RepresentationKind.PARENT).may_appoint(TODAY)


def who(person_id: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id=person_id)


def test_nobody_appoints_by_another_persons_power() -> None:
    head = replace(AGENT, kind=RepresentationKind.LEGAL_REPRESENTATIVE)
    head.check_may_appoint(who("p"), TODAY)
    for own, actor, day in (
        (head, who("q"), TODAY),
        (head, who("p"), TODAY + timedelta(days=1)),
        (AGENT, who("p"), TODAY),
    ):
        with pytest.raises(NotLegalRepresentative):
            own.check_may_appoint(actor, day)


def test_an_appointment_is_ended_by_the_agent_or_by_who_heads_the_company() -> None:
    head = replace(AGENT, person_id="q", kind=RepresentationKind.LEGAL_REPRESENTATIVE)
    AGENT.check_may_end(who("p"), [], TODAY)
    AGENT.check_may_end(who("q"), [head], TODAY)
    for own in (
        [],
        [replace(head, holder_code="another")],
        [replace(head, ended=True)],
        [replace(AGENT, person_id="q")],
    ):
        with pytest.raises(RepresentationNotFound):
            AGENT.check_may_end(who("q"), own, TODAY)
    for appointed in (head, replace(AGENT, ended=True)):
        with pytest.raises(RepresentationNotFound):
            appointed.check_may_end(who(appointed.person_id), [head], TODAY)
    with pytest.raises(RepresentationNotFound):
        AGENT.check_may_end(ANONYMOUS, [], TODAY)


def test_an_agents_name_is_proven_and_nobody_appoints_themselves() -> None:
    known = Known("p", "阿卜杜拉·买买提", None, 2)
    for named in ("阿卜杜拉·买买提", " 阿卜杜拉•买买提 "):
        check_agent(who("q"), known, named=named)
    for appointing, level, named in (("q", 1, known.name), ("p", 2, known.name), ("q", 2, "买买提"), ("q", 2, "")):
        with pytest.raises(AgentNotFound):
            check_agent(who(appointing), replace(known, real_name_level=level), named=named)
    with pytest.raises(AgentNotFound):
        check_agent(who("q"), replace(known, name=""), named="")


def test_an_agent_is_found_by_a_mobile_number() -> None:
    assert agents_number(" 138 0000 0000 ") == "+8613800000000"
    with pytest.raises(MobileNotValid):
        agents_number("0755")


@pytest.mark.parametrize("until", [None, TODAY - timedelta(days=1), TODAY + LONGEST + timedelta(days=1)])
def test_an_appointment_ends_within_three_years(until: date | None) -> None:
    with pytest.raises(RepresentationEndNotValid):
        check_end(until, TODAY)
    assert check_end(TODAY + LONGEST, TODAY) == TODAY + LONGEST


@pytest.mark.parametrize(
    ("number", "last"),
    [("440310201406010036", date(2032, 5, 31)), ("440310201202290000", date(2030, 2, 28))],
)
def test_childhood_ends_before_the_eighteenth_birthday(number: str, last: date) -> None:
    assert last_day_of_childhood(number) == last


def test_a_scope_of_all_systems_is_no_limit() -> None:
    known = ("e-license", "workflow")
    assert tidy_scope(["workflow", "workflow", "payroll"], known) == ("workflow",)
    assert tidy_scope(["workflow", "e-license"], known) == ()
    assert tidy_scope([], known) == ()

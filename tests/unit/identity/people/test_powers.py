"""三权分立: whatever way two of the three powers would meet in one person, they are refused."""

from datetime import date

import pytest
from pingshan_identity.domain.errors import DeputyRefused, LastHolder, PowersJoined, TakesTwo
from pingshan_identity.domain.people.deputy import check_deputy
from pingshan_identity.domain.people.powers import (
    Duty,
    Holding,
    first_vacant_day,
    refuse_alone,
    refuse_joined_powers,
    refuse_vacancy,
    vacant,
    without,
)

POWERS = {"system-administrator": {"system"}, "security-administrator": {"security"}, "auditor": {"audit"}}


def held(post: str, since: str, until: str | None = None) -> Holding:
    return Holding(post, date.fromisoformat(since), date.fromisoformat(until) if until else None)


@pytest.mark.parametrize(
    "holdings",
    [
        [held("system-administrator", "2026-01-01"), held("auditor", "2026-06-01")],
        [held("system-administrator", "2026-01-01", "2026-06-01"), held("security-administrator", "2026-06-01")],
        [held("auditor", "2026-06-01", "2026-06-01"), held("security-administrator", "2026-01-01", "2026-12-31")],
        [held("officer", "2026-01-01"), held("auditor", "2027-01-01"), held("system-administrator", "2026-01-01")],
    ],
)
def test_powers_that_meet_on_a_day_are_refused(holdings: list[Holding]) -> None:
    with pytest.raises(PowersJoined):
        refuse_joined_powers(holdings, POWERS)


@pytest.mark.parametrize(
    "holdings",
    [
        [],
        [held("officer", "2026-01-01"), held("auditor", "2026-01-01")],
        [held("auditor", "2026-01-01", "2026-05-31"), held("auditor", "2026-05-01")],
        [held("system-administrator", "2026-01-01", "2026-05-31"), held("security-administrator", "2026-06-01")],
    ],
)
def test_one_after_the_other_is_no_joining(holdings: list[Holding]) -> None:
    refuse_joined_powers(holdings, POWERS)


def test_a_post_that_gives_two_powers_is_refused() -> None:
    with pytest.raises(PowersJoined):
        refuse_joined_powers([held("both", "2026-01-01")], {"both": {"system", "audit"}})


FINE = {
    "person_id": "a",
    "deputy_id": "b",
    "has_left": False,
    "has_power": False,
    "asked": held("officer", "2026-12-01", "2026-12-31"),
    "own": [held("officer", "2026-01-01")],
    "deputys": [],
    "today": date(2026, 11, 26),
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"has_left": True}, "left"),
        ({"deputy_id": "a"}, "self"),
        ({"has_power": True}, "powers"),
        ({"own": []}, "not-held"),
        ({"own": [held("head", "2026-01-01"), held("officer", "2026-01-01", "2026-11-30")]}, "not-held"),
        ({"asked": held("officer", "2026-12-01", "2026-11-30")}, "past"),
        ({"asked": held("officer", "2026-01-01", "2026-02-01")}, "past"),
        ({"asked": held("officer", "2026-12-01", "2027-06-01")}, "too-long"),
        ({"asked": held("officer", "2026-12-01")}, "past"),
        ({"deputys": [held("officer", "2026-12-31")]}, "has-it"),
    ],
)
def test_deputies_that_cannot_be(changed: dict[str, object], why: str) -> None:
    check_deputy(**FINE)
    with pytest.raises(DeputyRefused) as refused:
        check_deputy(**(FINE | changed))
    assert refused.value.params["why"] == why


def test_a_post_that_is_over_does_not_last() -> None:
    assert held("officer", "2026-01-01").lasts(date(2027, 1, 1))
    assert held("officer", "2026-01-01", "2026-11-26").lasts(date(2026, 11, 26))
    assert not held("officer", "2026-01-01", "2026-11-26").lasts(date(2026, 11, 27))


TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("holdings", "day"),
    [
        ([], "2026-11-29"),
        ([held("a", "2026-01-01")], None),
        ([held("a", "2026-12-01")], "2026-11-29"),
        ([held("a", "2026-01-01", "2026-11-28")], "2026-11-29"),
        ([held("a", "2026-01-01", "2026-11-29")], "2026-11-30"),
        ([held("a", "2026-12-01"), held("a", "2026-01-01", "2026-11-30")], None),
        ([held("a", "2026-12-02"), held("a", "2026-01-01", "2026-11-30")], "2026-12-01"),
        ([held("a", "2026-01-01", "2026-12-31"), held("a", "2026-02-01", "2026-11-30")], "2027-01-01"),
    ],
)
def test_the_first_day_without_a_holder(holdings: list[Holding], day: str | None) -> None:
    assert first_vacant_day(holdings, TODAY) == (date.fromisoformat(day) if day else None)


def duty(person: str, since: str = "2026-01-01", until: str | None = None) -> Duty:
    return Duty("auditor", person, held("auditor", since, until))


def test_the_last_holder_stays_and_others_may_go() -> None:
    both = [duty("a"), duty("b")]
    refuse_vacancy(both, without(both, "a", TODAY), ["auditor"], TODAY)
    for on in (TODAY, date(2027, 6, 1)):
        with pytest.raises(LastHolder) as refused:
            refuse_vacancy(both[:1], without(both[:1], "a", on), ["auditor"], TODAY)
        assert refused.value.params == {"duty": "auditor"}
    planned = [duty("a"), duty("b", until="2026-12-31")]
    with pytest.raises(LastHolder):
        refuse_vacancy(planned, without(planned, "a", date(2027, 1, 2)), ["auditor"], TODAY)
    refuse_vacancy([], [], ["auditor"], TODAY)
    assert vacant([duty("a", "2026-12-01")], ["auditor"], TODAY) == ["auditor"]
    assert vacant([duty("a")], ["auditor"], TODAY) == []


@pytest.mark.parametrize("holding", [held("auditor", "2026-01-01"), held("auditor", "2027-01-01")])
def test_nobody_acts_alone_on_administrators_or_themselves(holding: Holding) -> None:
    officer = [held("officer", "2026-01-01"), held("auditor", "2025-01-01", "2025-12-31")]
    refuse_alone("me", "you", officer, {"auditor"}, today=TODAY)
    with pytest.raises(TakesTwo):
        refuse_alone("me", "me", officer, {"auditor"}, today=TODAY)
    with pytest.raises(TakesTwo):
        refuse_alone("me", "you", [*officer, holding], {"auditor"}, today=TODAY)

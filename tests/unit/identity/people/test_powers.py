"""三权分立: whatever way two of the three powers would meet in one person, they are refused."""

from datetime import date

import pytest
from pingshan_identity.domain.errors import DeputyRefused, PowersJoined
from pingshan_identity.domain.people.deputy import check_deputy
from pingshan_identity.domain.people.powers import Holding, refuse_joined_powers

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
    "has_power": False,
    "is_held": True,
    "since": date(2026, 12, 1),
    "until": date(2026, 12, 31),
    "today": date(2026, 11, 26),
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"deputy_id": "a"}, "self"),
        ({"has_power": True}, "powers"),
        ({"is_held": False}, "not-held"),
        ({"until": date(2026, 11, 30)}, "past"),
        ({"since": date(2026, 1, 1), "until": date(2026, 2, 1)}, "past"),
        ({"until": date(2027, 6, 1)}, "too-long"),
    ],
)
def test_deputies_that_cannot_be(changed: dict[str, object], why: str) -> None:
    check_deputy(**FINE)
    with pytest.raises(DeputyRefused) as refused:
        check_deputy(**(FINE | changed))
    assert refused.value.params["why"] == why

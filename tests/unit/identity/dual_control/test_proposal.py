"""What could never be applied is not proposed either."""

import json
from datetime import date
from uuid import UUID

import pytest
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.dual_control.proposal import (
    check_has_days,
    check_is_power,
    check_whose_sessions,
    client_id_violations,
    details_of_move,
    move_of,
    power_of,
)
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm


@pytest.mark.parametrize(("until", "last"), [(None, None), ("2027-01-31", date(2027, 1, 31))])
def test_a_post_with_its_days(until: str | None, last: date | None) -> None:
    assert power_of({"post": "auditor", "since": "2026-12-01", "until": until}) == Holding(
        "auditor", date(2026, 12, 1), last
    )


def test_a_post_has_a_day_left() -> None:
    today = date(2026, 12, 1)
    for since, until in ((today, None), (today, today), (date(2026, 1, 1), today), (date(2027, 1, 1), None)):
        check_has_days(Holding("auditor", since, until), today)
    for since, until in ((date(2026, 1, 1), date(2026, 11, 30)), (date(2027, 1, 2), date(2027, 1, 1))):
        with pytest.raises(RequestInvalid):
            check_has_days(Holding("auditor", since, until), today)


def test_only_posts_with_powers_are_under_dual_control() -> None:
    check_is_power("auditor", {"auditor"})
    with pytest.raises(RequestInvalid) as refused:
        check_is_power("officer", {"auditor"})
    assert [each.path for each in refused.value.violations] == ["power"]


@pytest.mark.parametrize("details", [{}, {"organisation": ""}, {"organisation": "water", "client_id": "workflow"}])
def test_sessions_of_one_organisation_or_of_one_system_end(details: dict[str, str]) -> None:
    check_whose_sessions({"organisation": "water"})
    check_whose_sessions({"client_id": "workflow"})
    with pytest.raises(RequestInvalid):
        check_whose_sessions(details)


def test_a_client_is_registered_once_and_changed_after_that() -> None:
    assert client_id_violations(ChangeKind.REGISTER_CLIENT, "smart-water", is_known=False) == []
    assert client_id_violations(ChangeKind.CHANGE_CLIENT, "c-1", is_known=True) == []
    [taken] = client_id_violations(ChangeKind.REGISTER_CLIENT, "smart-water", is_known=True)
    [unknown] = client_id_violations(ChangeKind.CHANGE_CLIENT, "smart-water", is_known=False)
    assert (taken.zh, unknown.zh) == ("系统编码已被使用", "没有这个系统")


@pytest.mark.parametrize("client_id", ["", "ab", "a" * 41, "1water", "Water", "water_1", "水务", "water\n"])
def test_an_id_that_no_new_system_gets(client_id: str) -> None:
    assert [each.path for each in client_id_violations(ChangeKind.REGISTER_CLIENT, client_id, is_known=False)] == [
        "client_id"
    ]


def test_a_move_is_kept_without_personal_data_and_read_again() -> None:
    form = StaffForm("water02", "林新月", "amr", UUID(int=7), ("officer",), "13800001234", date(2026, 12, 1), None)
    kept = json.dumps(details_of_move(UUID(int=1), form), ensure_ascii=False)
    assert not any(secret in kept for secret in ("water02", "林新月", "13800001234"))
    again = move_of(json.loads(kept))
    assert (again.organisation, again.section_id, again.posts) == ("amr", UUID(int=7), ("officer",))
    assert (again.since, again.until) == (date(2026, 12, 1), None)

"""What could never be applied is not proposed either."""

from datetime import date

import pytest
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.dual_control.proposal import (
    check_client_id,
    check_is_power,
    check_whose_sessions,
    power_of,
)
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.powers import Holding


@pytest.mark.parametrize(("until", "last"), [(None, None), ("2027-01-31", date(2027, 1, 31))])
def test_a_post_with_its_days(until: str | None, last: date | None) -> None:
    assert power_of({"post": "auditor", "since": "2026-12-01", "until": until}) == Holding(
        "auditor", date(2026, 12, 1), last
    )


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
    check_client_id(ChangeKind.REGISTER_CLIENT, is_known=False)
    check_client_id(ChangeKind.CHANGE_CLIENT, is_known=True)
    for kind, is_known in ((ChangeKind.REGISTER_CLIENT, True), (ChangeKind.CHANGE_CLIENT, False)):
        with pytest.raises(RequestInvalid):
            check_client_id(kind, is_known=is_known)

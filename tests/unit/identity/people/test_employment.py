"""Joining, moving and leaving: from which day a change counts, and who is signed out for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.employment import (
    check_present,
    day_before,
    leaves_now,
    outlives_a_post,
    plan_move,
)
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm

TODAY = date(2026, 11, 29)
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
FORM = StaffForm("water01", "周明远", "water", None, ("officer",), "13800000000", TODAY, None)
OWN = [Holding("officer", date(2026, 1, 1), None), Holding("duty", date(2026, 1, 1), None)]


def test_posts_that_are_not_in_the_form_end_the_day_before() -> None:
    move = plan_move(FORM, own=OWN, powers=(), organisation="water", planned=None, today=TODAY)
    assert (move.ended, move.given, move.last_day, move.signs_out) == ({"duty"}, (), YESTERDAY, True)


def test_posts_with_powers_end_only_where_they_are_given_up() -> None:
    move = plan_move(FORM, own=OWN, powers={"duty"}, organisation="water", planned=None, today=TODAY)
    assert (move.ended, move.signs_out) == (frozenset(), False)


def test_what_was_over_before_is_neither_ended_nor_kept() -> None:
    over = [Holding("duty", date(2026, 1, 1), YESTERDAY), Holding("officer", date(2026, 1, 1), YESTERDAY)]
    move = plan_move(FORM, own=over, powers=(), organisation="water", planned=None, today=TODAY)
    assert (move.ended, move.given) == (frozenset(), ("officer",))


@pytest.mark.parametrize(
    ("since", "organisation", "posts", "signs_out"),
    [
        (TODAY, "drc", ("officer", "duty"), True),
        (TODAY, "water", ("officer", "duty", "head"), False),
        (YESTERDAY, "water", ("officer",), True),
        (TOMORROW, "drc", (), False),
    ],
)
def test_who_loses_roles_today_is_signed_out(
    since: date, organisation: str, posts: tuple[str, ...], signs_out: bool
) -> None:
    form = replace(FORM, since=since, organisation=organisation, posts=posts)
    assert plan_move(form, own=OWN, powers=(), organisation="water", planned=None, today=TODAY).signs_out is signs_out


def test_leaving_counts_from_its_day() -> None:
    assert [leaves_now(day, TODAY) for day in (YESTERDAY, TODAY, TOMORROW)] == [True, True, False]
    assert day_before(date(2026, 3, 1)) == date(2026, 2, 28)


def test_who_has_left_is_gone() -> None:
    left = datetime(2026, 11, 1, tzinfo=UTC)
    check_present(None)
    with pytest.raises(PersonNotFound):
        check_present(left)


def test_a_session_of_yesterday_goes_on_with_yesterdays_posts() -> None:
    assert outlives_a_post([TODAY, YESTERDAY], TODAY)
    assert not outlives_a_post([TODAY], TODAY)
    assert not outlives_a_post([], TODAY)

"""Moves planned one after another: on every day the posts of one form, without a day between or beside."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pingshan_identity.domain.people.employment import Place, Placement, plan_move
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm

TODAY, DAY = date(2026, 11, 29), timedelta(days=1)
FORM = StaffForm("water01", "周明远", "water", None, ("officer",), "13800000000", TODAY, None)
OFFICER = Holding("officer", date(2026, 1, 1), None)
A, B, C = Place("water", None), Place("drc", uuid4()), Place("health", None)


def moved(own: frozenset[Holding], posts: tuple[str, ...], since: date, planned: date | None) -> frozenset[Holding]:
    form = replace(FORM, posts=posts, since=since)
    return plan_move(form, own=own, powers=(), organisation="water", planned=planned, today=TODAY).posts


def held(own: frozenset[Holding], day: date) -> list[str]:
    """With a post that two rows give on one day twice."""
    return sorted(each.post for each in own if each.is_held_on(day))


def test_a_post_that_was_planned_begins_with_an_earlier_move_to_it() -> None:
    planned = moved(frozenset({OFFICER}), ("duty",), TODAY + 20 * DAY, None)
    sooner = moved(planned, ("duty",), TODAY, TODAY + 20 * DAY)
    assert [held(sooner, TODAY + number * DAY) for number in range(40)] == [["duty"]] * 40


def test_a_post_that_was_to_end_stays_with_a_move_that_keeps_it() -> None:
    planned = moved(frozenset({OFFICER}), ("duty",), TODAY + 20 * DAY, None)
    kept = moved(planned, ("officer",), TODAY, TODAY + 20 * DAY)
    assert kept == {OFFICER}


def test_a_later_move_takes_the_place_of_the_planned_one() -> None:
    planned = moved(frozenset({OFFICER}), ("duty",), TODAY + 20 * DAY, None)
    later = moved(planned, ("head",), TODAY + 25 * DAY, TODAY + 20 * DAY)
    assert [held(later, TODAY + number * DAY) for number in (0, 20, 24, 25)] == [["officer"]] * 3 + [["head"]]


def test_what_ends_by_itself_still_does() -> None:
    until = TODAY + 9 * DAY
    own = frozenset({replace(OFFICER, until=until), Holding("duty", date(2026, 1, 1), None)})
    assert moved(own, ("officer", "duty"), TODAY, None) == own


_MOVES = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["officer", "duty", "head"]), min_size=1), st.integers(min_value=-3, max_value=30)
    ),
    min_size=1,
    max_size=5,
)


@example([({"duty"}, 0), ({"officer"}, -1)])
@given(_MOVES)
def test_every_day_has_the_posts_of_the_last_form_or_those_of_before(moves: list[tuple[set[str], int]]) -> None:
    own, planned = frozenset({OFFICER}), None
    present = ["officer"]
    for posts, days in moves:
        since = TODAY + days * DAY
        own = moved(own, tuple(sorted(posts)), since, planned)
        planned = since if since > TODAY else None
        if since <= TODAY:
            present = sorted(posts)
        for number in range(40):
            day = TODAY + number * DAY
            assert held(own, day) == (sorted(posts) if day >= since else present), (moves, day)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        (Placement(A, None, None), [A, A, A]),
        (Placement(A, TODAY + DAY, B), [A, B, B]),
        (Placement(A, None, None).moved(B, TODAY + 2 * DAY, TODAY), [A, A, B]),
        (Placement(A, TODAY + DAY, B).moved(C, TODAY + 2 * DAY, TODAY), [A, A, C]),
        (Placement(A, TODAY + DAY, B).moved(C, TODAY, TODAY), [C, C, C]),
        (Placement(A, TODAY, B).moved(C, TODAY + 2 * DAY, TODAY), [B, B, C]),
    ],
)
def test_people_belong_to_the_new_organisation_from_the_day_of_the_move(
    placement: Placement, expected: list[Place]
) -> None:
    assert [placement.on(TODAY + number * DAY) for number in range(3)] == expected


def test_a_move_whose_day_has_come_settles() -> None:
    planned = Placement(A, TODAY + DAY, B)
    assert planned.settled(TODAY) == planned
    assert planned.settled(TODAY + DAY) == Placement(B, None, None)

from datetime import date
from uuid import UUID

import pytest
from pingshan_e_license.domain.license import Standing
from pingshan_e_license.domain.life_cycle.consequences import Beside, dependants, related_types
from pingshan_e_license.domain.validity import Period

TODAY = date(2026, 11, 30)
PERIOD = Period(date(2026, 1, 1), date(2026, 12, 31))
ENDED = Period(date(2025, 1, 1), date(2025, 12, 31))
FIRST = {
    "land": (),
    "works": ("land",),
    "construction": ("works",),
    "night": ("construction",),
    "fire": ("design", "construction"),
    "design": ("works",),
}


def held(number: int, code: str, standing: Standing = Standing.VALID, period: Period = PERIOD) -> Beside:
    return Beside(UUID(int=number), code, standing, period)


def numbers(lost: int, *beside: Beside) -> list[int]:
    return [each.int for each in dependants(UUID(int=lost), beside, FIRST, TODAY)]


def test_directly_and_through_others() -> None:
    chain = [held(1, "works"), held(2, "construction"), held(3, "night"), held(4, "design"), held(5, "fire")]
    assert numbers(1, *chain) == [2, 3, 4, 5]
    assert numbers(2, *chain) == [3, 5]
    assert numbers(3, *chain) == []


def test_another_valid_one_of_the_type_holds_it_up() -> None:
    assert numbers(1, held(1, "works"), held(2, "works"), held(3, "construction")) == []
    assert numbers(1, held(1, "works"), held(2, "works", Standing.SUSPENDED), held(3, "construction")) == [3]
    assert numbers(1, held(1, "works"), held(2, "works", period=ENDED), held(3, "construction")) == [3]


@pytest.mark.parametrize("standing", list(Standing))
def test_what_has_ended_depends_on_nothing(standing: Standing) -> None:
    in_use = standing in {Standing.VALID, Standing.SUSPENDED}
    assert numbers(1, held(1, "works"), held(2, "construction", standing)) == ([2] if in_use else [])
    assert numbers(1, held(1, "works"), held(2, "construction", standing, ENDED)) == (
        [2] if standing is Standing.SUSPENDED else []
    )


def test_a_ground_that_was_never_held_is_not_lost() -> None:
    assert numbers(1, held(1, "land"), held(2, "construction")) == []


def test_a_suspended_one_is_still_what_others_stood_on() -> None:
    assert numbers(1, held(1, "works", Standing.SUSPENDED), held(2, "construction")) == [2]


def test_related_types_are_those_above_and_what_these_stand_on() -> None:
    assert related_types("works", FIRST) == {"works", "land", "construction", "night", "fire", "design"}
    assert related_types("night", FIRST) == {"night", "construction"}
    assert related_types("unknown", FIRST) == {"unknown"}

"""Working days, limits and lights against worked examples."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.clock.deadline import silence_at
from pingshan_workflow.domain.clock.light import Light, remaining

FILE = json.loads(Path(__file__).with_name("clock_vectors.json").read_text(encoding="utf-8"))
VECTORS = {vector["id"]: vector for vector in FILE["vectors"]}
CALENDAR = WorkingCalendar(
    {
        **dict.fromkeys(map(date.fromisoformat, FILE["calendar_2026"]["weekday_holidays"]), False),
        **dict.fromkeys(map(date.fromisoformat, FILE["calendar_2026"]["make_up_working_days"]), True),
    },
    frozenset({2026}),
)


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_worked_examples(name: str) -> None:
    vector = VECTORS[name]
    assert CALENDAR.nth_after(date.fromisoformat(vector["start"]), vector["days"]).isoformat() == vector["due"]


def test_silence_falls_with_the_end_of_the_due_day_in_shanghai() -> None:
    assert silence_at(date(2026, 9, 24)).isoformat() == "2026-09-24T16:00:00+00:00"


@pytest.mark.parametrize(
    ("today", "light", "left"),
    [
        (date(2026, 3, 2), Light.GREEN, 10),
        (date(2026, 3, 11), Light.GREEN, 3),
        (date(2026, 3, 12), Light.YELLOW, 2),
        (date(2026, 3, 16), Light.YELLOW, 0),
        (date(2026, 3, 17), Light.RED, -1),
        (date(2026, 3, 23), Light.RED, -5),
    ],
)
def test_lights(today: date, light: Light, left: int) -> None:
    found = remaining(CALENDAR, date(2026, 3, 16), 10, today)
    assert (found.light, found.days) == (light, left)


def test_where_no_clock_runs_the_light_is_grey() -> None:
    assert remaining(CALENDAR, None, 10, date(2026, 3, 12)).light is Light.GREY


def test_counting_and_adding_agree() -> None:
    start = date(2026, 1, 30)
    for number in range(1, 60):
        due = CALENDAR.nth_after(start, number)
        assert CALENDAR.count(start, due) == number
        assert CALENDAR.is_working(due)
        assert CALENDAR.count(start, due - timedelta(days=1)) == number - 1

"""The statutory clock against the six worked examples, and what the law refuses."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pingshan_workflow.domain.calendar import WorkingCalendar
from pingshan_workflow.domain.clock import (
    Extension,
    Ground,
    Head,
    History,
    Limits,
    Reading,
    Stop,
    read_clock,
)
from pingshan_workflow.domain.deadline import silence_at
from pingshan_workflow.domain.errors import ExtensionRefused, StopRefused
from pingshan_workflow.domain.light import Light, remaining

FILE = json.loads(Path(__file__).with_name("clock_vectors.json").read_text(encoding="utf-8"))
VECTORS = {vector["id"]: vector for vector in FILE["vectors"]}
CALENDAR = WorkingCalendar(
    {
        **dict.fromkeys(map(date.fromisoformat, FILE["calendar_2026"]["weekday_holidays"]), False),
        **dict.fromkeys(map(date.fromisoformat, FILE["calendar_2026"]["make_up_working_days"]), True),
    },
    frozenset({2026}),
)
NAMES = {
    "correction_notice_due": "notice_due",
    "deemed_accepted_fires_on": "deemed_on",
}


def day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


def stop(event: Mapping[str, Any]) -> Stop:
    first, last = date.fromisoformat(event["from"]), date.fromisoformat(event["to"])
    return Stop(Ground(event["reason"]), first, last, event["in_writing"])


def history(vector: Mapping[str, Any]) -> History:
    by_kind = {event["kind"]: event for event in vector["events"]}
    on = {kind: day(event["at"]) for kind, event in by_kind.items()}
    extension = by_kind.get("extension_approved")
    return History(
        received=day(vector["receipt"]),
        accepted=on.get("accepted"),
        correction_notice=on.get("correction_notice"),
        stops=[stop(by_kind["stop_notice"])] if "stop_notice" in by_kind else [],
        promise_stops=[stop(by_kind["promise_stop_notice"])] if "promise_stop_notice" in by_kind else [],
        extension=extension
        and Extension(on["extension_approved"], extension["days"], Head(extension["by"]), extension["reason_told"]),
        decided=on.get("decided"),
    )


def limits(vector: Mapping[str, Any]) -> Limits:
    given = {name: limit.get("days") for name, limit in vector["limits"].items()}
    return Limits(
        decision=given["decision"],
        notice=given.get("correction_notice", 5),
        promise=given.get("promise"),
        delivery=given.get("delivery", 10),
        joint=given["decision"] == 45,
    )


def reading(vector: Mapping[str, Any]) -> Reading:
    return read_clock(CALENDAR, limits(vector), history(vector), date(2026, 12, 31))


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_worked_examples(name: str) -> None:
    found = asdict(reading(VECTORS[name]))
    for key, expected in VECTORS[name]["expected"].items():
        assert found[NAMES.get(key, key)] == date.fromisoformat(expected), key


ACCEPTED = History(received=date(2026, 3, 2), accepted=date(2026, 3, 2))


def test_nothing_is_accepted_while_the_notice_is_not_due() -> None:
    silent = History(received=date(2026, 9, 18))
    assert read_clock(CALENDAR, Limits(20), silent, date(2026, 9, 24)).accepted_on is None
    assert read_clock(CALENDAR, Limits(20), silent, date(2026, 9, 25)).accepted_on == date(2026, 9, 18)


@pytest.mark.parametrize("ground", [Ground.PUBLIC_NOTICE, Ground.SITE_VISIT])
def test_only_the_grounds_of_article_45_stop_the_law(ground: Ground) -> None:
    stopped = History(
        received=ACCEPTED.received,
        accepted=ACCEPTED.accepted,
        stops=[Stop(ground, date(2026, 3, 4), date(2026, 3, 6), in_writing=True)],
    )
    with pytest.raises(StopRefused):
        read_clock(CALENDAR, Limits(20), stopped, date(2026, 3, 10))


def test_a_stop_must_be_told_in_writing() -> None:
    stopped = History(
        received=ACCEPTED.received,
        accepted=ACCEPTED.accepted,
        stops=[Stop(Ground.HEARING, date(2026, 3, 4), date(2026, 3, 6), in_writing=False)],
    )
    with pytest.raises(StopRefused):
        read_clock(CALENDAR, Limits(20), stopped, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("extension", "joint"),
    [
        (Extension(date(2026, 3, 31), 10, Head.AUTHORITY, reason_told=True), False),
        (Extension(date(2026, 3, 20), 10, Head.AUTHORITY, reason_told=False), False),
        (Extension(date(2026, 3, 20), 10, Head.GOVERNMENT, reason_told=True), False),
        (Extension(date(2026, 3, 20), 15, Head.AUTHORITY, reason_told=True), True),
    ],
    ids=["too late", "no reason told", "wrong head", "bureau for joint handling"],
)
def test_an_extension_that_the_law_does_not_know(extension: Extension, *, joint: bool) -> None:
    extended = History(received=ACCEPTED.received, accepted=ACCEPTED.accepted, extension=extension)
    with pytest.raises(ExtensionRefused):
        read_clock(CALENDAR, Limits(20, joint=joint), extended, date(2026, 3, 31))


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


def test_a_stopped_clock_is_grey() -> None:
    assert remaining(CALENDAR, date(2026, 3, 16), 10, date(2026, 3, 12), stopped=True).light is Light.GREY
    assert remaining(CALENDAR, None, 10, date(2026, 3, 12)).light is Light.GREY


def test_counting_and_adding_agree() -> None:
    start = date(2026, 1, 30)
    for number in range(1, 60):
        due = CALENDAR.nth_after(start, number)
        assert CALENDAR.count(start, due) == number
        assert CALENDAR.is_working(due)
        assert CALENDAR.count(start, due - timedelta(days=1)) == number - 1

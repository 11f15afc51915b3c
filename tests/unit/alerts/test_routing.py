"""Who is told: all kinds × every street, against a reading of level_audience.json that shares no code with ours."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from pingshan_alerts.domain.routing import (
    DUTY_OFFICER,
    HALL_LEADER,
    Awaited,
    Channel,
    Step,
    deadline_of,
    next_step,
    route,
    targets,
)
from pingshan_alerts.store.seed_files import reference
from pingshan_values.level import Level
from pingshan_values.street import Street


def _seed(name: str) -> Any:
    return json.loads(files("pingshan_alerts").joinpath("seed", name).read_text("utf-8"))


DETECTIONS, TABLE = _seed("detections.json"), _seed("level_audience.json")
KINDS = [*DETECTIONS["video"], *DETECTIONS["pole"]]
STREETS = [street.value for street in Street]


def _expected(kind: dict[str, Any], street: str) -> set[tuple[str, str, str]]:
    """(organisation, post, channel) by the words of the table."""
    level = next(level for level in TABLE["levels"] if level["number"] == kind["level"])
    found = set()
    for line in level["audience"]:
        if line["who"] == "owner":
            codes = set(kind["owner"])
        elif line["who"] == "street":
            codes = {street} if kind["level"] <= 2 or kind["street"] else set()
        elif line["who"] == "neighbours":
            codes = {code for owner in kind["owner"] for code in TABLE["neighbours"][owner]} - set(kind["owner"])
        else:
            codes = {"hall": {"hall"}, "all_streets": set(STREETS)}[line["who"]]
        found |= {(code, "duty-officer", channel) for code in codes for channel in line["channels"]}
    return found


def test_all_35_kinds_are_known() -> None:
    assert len(DETECTIONS["video"]) == 27
    assert len(DETECTIONS["pole"]) == 8
    assert {kind["code"] for kind in KINDS} | {"controller_stopped", "duty_filled"} == set(reference().kinds)


@pytest.mark.parametrize("street", STREETS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["code"])
def test_kind_at_street(kind: dict[str, Any], street: str) -> None:
    known, ours = reference(), reference().kinds[kind["code"]]
    steps = route(known.audience, ours.level, ours.owners, street, notifies_street=ours.notifies_street)
    found = [(target.organisation, target.post, target.channel.value) for target in targets(steps)]
    assert len(found) == len(set(found)), "one delivery per organisation, post and channel"
    assert set(found) == _expected(kind, street)


@pytest.mark.parametrize("level", list(Level))
def test_street_without_the_flag_only_when_grave(level: Level) -> None:
    steps = route(reference().audience, level, ("water",), "street_maluan", notifies_street=False)
    assert ("street" in [step.who for step in steps]) == (level in (Level.RED, Level.ORANGE))


def test_without_place_nobody_is_told_as_street() -> None:
    steps = route(reference().audience, Level.ORANGE, ("water",), "", notifies_street=True)
    assert "street" not in [step.who for step in steps]


def _chain(level: Level, who: str) -> list[Step]:
    audience = reference().audience
    step: Step | None = next(
        step for step in route(audience, level, ("water",), "street_maluan", notifies_street=True) if step.who == who
    )
    found = []
    while step:
        found.append(step)
        step = next_step(audience, level, step)
    return found


@pytest.mark.parametrize(
    ("level", "who", "chain"),
    [
        (Level.RED, "owner", ["owner", "hall", "hall_leader"]),
        (Level.RED, "neighbours", ["neighbours", "hall", "hall_leader"]),
        (Level.ORANGE, "hall", ["hall", "hall_leader"]),
        (Level.YELLOW, "owner", ["owner", "hall"]),
        (Level.YELLOW, "hall", ["hall"]),
        (Level.BLUE, "owner", ["owner", "hall"]),
        (Level.BLUE, "street", ["street"]),
    ],
)
def test_escalation_ends(level: Level, who: str, chain: list[str]) -> None:
    steps = _chain(level, who)
    assert [step.who for step in steps] == chain
    assert all(Channel.SMS in step.channels for step in steps[1:]), "an escalation always goes by SMS"
    assert all(step.post == ("hall-leader" if step.who == "hall_leader" else "duty-officer") for step in steps)


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_an_alert_that_concerns_its_owners_tells_no_street_and_no_neighbour() -> None:
    audience = reference().audience
    owners = list(audience.neighbours)[:1]
    steps = route(audience, Level.RED, owners, "", notifies_street=False, notifies_others=False)
    assert [step.who for step in steps] == ["owner", "hall"]
    everybody = route(audience, Level.RED, owners, "", notifies_street=False)
    assert {"neighbours", "all_streets"} <= {step.who for step in everybody}


GROUP = Awaited("owner", ("water", "fire"), DUTY_OFFICER, 15, NOW, "hall", None)


def test_missed_when_the_time_is_over_and_none_of_the_group_acknowledged() -> None:
    assert GROUP.is_missed({"hall"}, NOW)
    assert not GROUP.is_missed({"hall", "fire"}, NOW)
    assert not GROUP.is_missed(set(), NOW - timedelta(seconds=1))


@pytest.mark.parametrize(
    "group",
    [replace(GROUP, escalate_to=None), replace(GROUP, escalated_at=NOW), replace(GROUP, acknowledge_by=None)],
    ids=["the chain ends", "escalated before", "for information"],
)
def test_never_escalated(group: Awaited) -> None:
    assert group.escalates_at is None
    assert not group.is_missed(set(), NOW + timedelta(days=1))


def test_the_earliest_deadline_of_a_post_counts() -> None:
    later = replace(GROUP, who="hall", acknowledge_by=NOW + timedelta(minutes=5))
    leader = replace(GROUP, post=HALL_LEADER, acknowledge_by=NOW - timedelta(minutes=5))
    told = replace(GROUP, acknowledge_by=None)
    assert deadline_of([later, GROUP, leader, told], "water", DUTY_OFFICER) == NOW
    assert deadline_of([told], "water", DUTY_OFFICER) is None
    assert deadline_of([GROUP], "hall", DUTY_OFFICER) is None

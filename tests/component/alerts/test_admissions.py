"""Reports that come at once share statements, and each is admitted as if it had come alone."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from pingshan_alerts.domain.alert import AlertState, Draft
from pingshan_alerts.service import dependencies
from pingshan_alerts.settings import Settings
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_kit.clock import now
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.database import FENCE, Database
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.level import Level
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.alerts.service import Rows, until

DETECTOR = Actor(kind=ActorKind.CLIENT, client_id="video-analyser", roles=frozenset({"detector"}))
OTHER = Actor(kind=ActorKind.CLIENT, client_id="pump-stations", roles=frozenset({"detector"}))
LEVELS = sorted(Level, key=lambda level: level.number)
DRAFT = Draft(
    kind="road_ponding",
    source="video",
    title_zh="道路积水",
    title_en="",
    level=Level.ORANGE,
    owners=("water",),
    street="street_maluan",
    position=None,
    labels={},
    notifies_street=True,
)


@dataclass(frozen=True)
class Said:
    actor: Actor
    draft: Draft
    request_id: UUID
    payload: dict[str, Any]


@pytest.fixture
async def deps(settings: Settings) -> AsyncIterator[Dependencies]:
    async with running(settings) as deps:
        yield deps


class running:  # noqa: N801 - reads as a function
    """What a process of its own would have."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database.from_settings(settings)
        self.deps, self.close = dependencies(settings, self.database)

    async def __aenter__(self) -> Dependencies:
        return self.deps

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await self.database.close()


def said(thing: str = "", level: Level = Level.ORANGE, **changed: Any) -> Said:
    draft = replace(DRAFT, level=level, labels={"camera_id": thing or str(uuid4())}, **changed)
    return Said(DETECTOR, draft, uuid4(), {"level": level.value})


async def admit(deps: Dependencies, each: Said) -> str | RequestIdReused:
    try:
        return await deps.admissions.admit(each.actor, each.draft, request_id=each.request_id, payload=each.payload)
    except RequestIdReused as refused:
        return refused


async def at_once(deps: Dependencies, reports: Iterable[Said]) -> list[str | RequestIdReused]:
    return await asyncio.gather(*(admit(deps, each) for each in reports))


async def ordinary(deps: Dependencies, reports: Iterable[Said]) -> list[str | RequestIdReused]:
    """One after the other, each in a transaction of its own: so goes whoever has a fence."""

    async def no_fence(_: AsyncConnection) -> None: ...

    token = FENCE.set(no_fence)
    try:
        return [await admit(deps, each) for each in reports]
    finally:
        FENCE.reset(token)


@pytest.mark.parametrize("known", [True, False])
async def test_who_comes_at_once_shares_a_commit(deps: Dependencies, rows: Rows, known: bool) -> None:
    reports = [said(f"shared-{known}" if known else "") for _ in range(20)]
    if known:
        await admit(deps, reports[0])
    ids = await at_once(deps, reports[1:])
    commits = "SELECT count(DISTINCT xmin::text), count(*) FROM report WHERE alert_id = ANY($1)"
    [found] = await rows.all(commits, ids)
    assert found[1] == 19 + known
    assert found[0] <= 3 + known


def generated(seed: int) -> list[list[Said]]:
    """Groups of reports: of the same things and of others, graver later, sent again, and with another's request id."""
    chance, groups = random.Random(seed), []
    for _ in range(5):
        group = [_generated(chance) for _ in range(chance.randint(1, 9))]
        earlier = [each for done in groups for each in done]
        if earlier:
            again = chance.choices(earlier, k=4)
            group += [*again[:2], replace(again[2], payload={"changed": seed}), replace(again[3], actor=OTHER)]
        group.sort(key=lambda each: each.draft.level.number)
        groups.append(group)
    return groups


def _generated(chance: random.Random) -> Said:
    source = chance.choice(["video", "api", "event"])
    changed: dict[str, Any] = {
        "source": source,
        "kind": chance.choice(["road_ponding", "pump_stopped"]),
        "owners": tuple(chance.sample(["water", "urban", "police"], k=chance.randint(1, 2))),
        "street": chance.choice(["", "street_maluan"]),
        "notifies_street": chance.random() < 0.5,
        "notifies_others": chance.random() < 0.8,
    }
    made = said(chance.choice("abc"), chance.choice(LEVELS), **changed)
    return replace(made, actor=chance.choice([DETECTOR, OTHER]))


def elsewhere(world: str, groups: Sequence[Sequence[Said]]) -> list[list[Said]]:
    """The same of other cameras, under ids of its own."""
    ids: dict[UUID, UUID] = {}

    def moved(each: Said) -> Said:
        labels = {"camera_id": f"{world}-{each.draft.labels['camera_id']}"}
        own = ids.setdefault(each.request_id, uuid4())
        return replace(each, draft=replace(each.draft, labels=labels), request_id=own)

    return [[moved(each) for each in group] for group in groups]


async def resolve_one(deps: Dependencies, alert_id: object) -> None:
    async with deps.database.begin() as tx:
        alert = await alerts.find(tx, str(alert_id), lock=True)
        if alert is not None and alert.is_live:
            await alerts.change(tx, alert.alert_id, now(), state=AlertState.RESOLVED, resolved_at=now())


HISTORY = {
    "alert": "SELECT alert_id, version, kind, source, title_zh, level, state, owners, street, report_count, "
    "seen_at = updated_at AS is_seen FROM alert WHERE alert_id = ANY($1)",
    "report": "SELECT alert_id, source, sender, payload FROM report WHERE alert_id = ANY($1) "
    "ORDER BY sender, source, payload",
    "audience": "SELECT alert_id, who, organisations, post, channels, within_minutes, escalate_to, "
    "acknowledge_by IS NULL AS never FROM audience WHERE alert_id = ANY($1) ORDER BY who",
    "delivery": "SELECT alert_id, organisation, post, channel, state FROM delivery WHERE alert_id = ANY($1) "
    "ORDER BY delivery_id",
    "entry": "SELECT alert_id, act, actor, organisation, details FROM entry WHERE alert_id = ANY($1) ORDER BY entry_id",
    "event": "SELECT aggregate_id AS alert_id, payload::jsonb - "
    "'{event_id,alert_id,aggregate_id,aggregate_version,correlation_id,occurred_at,traceparent}'::text[] AS payload "
    "FROM outbox WHERE aggregate_id = ANY($1) ORDER BY position",
    "job": "SELECT split_part(key, '/', 1) AS alert_id, kind FROM job "
    "WHERE split_part(key, '/', 1) = ANY($1) ORDER BY id",
}
History = dict[str, list[dict[str, Any]]]


async def histories(rows: Rows, alert_ids: Sequence[str]) -> list[History]:
    """All that each alert has left, without what is different each time.

    Of those that come at once the one that changes nothing but a count may be admitted before the one that tells
    people: at which version that happened is no part of it.
    """
    found: dict[str, History] = {alert_id: {name: [] for name in HISTORY} for alert_id in alert_ids}
    for name, query in HISTORY.items():
        for row in await rows.all(query, alert_ids):
            left = dict(row)
            found[left.pop("alert_id")][name].append(left)
    return list(found.values())


async def outcome(rows: Rows, answers: Sequence[str | RequestIdReused]) -> tuple[list[object], list[object]]:
    ids = {each: None for each in answers if isinstance(each, str)}
    numbers = {each: number for number, each in enumerate(ids)}
    told = [numbers[each] if isinstance(each, str) else type(each) for each in answers]
    return told, list(await histories(rows, list(ids)))


@pytest.mark.parametrize("seed", range(6))
async def test_together_as_alone(deps: Dependencies, rows: Rows, seed: int) -> None:
    groups = generated(seed)
    found = []
    for world, road in ((f"together-{seed}", at_once), (f"alone-{seed}", ordinary)):
        answers: list[str | RequestIdReused] = []
        for group in elsewhere(world, groups):
            answers += await road(deps, group)
            await resolve_one(deps, answers[0])
        found.append(await outcome(rows, answers))
    assert found[0] == found[1]
    assert RequestIdReused in found[0][0]


async def test_a_graver_report_among_others_of_the_same_thing(deps: Dependencies, rows: Rows) -> None:
    levels = [Level.BLUE, Level.YELLOW, Level.BLUE, Level.RED, Level.YELLOW]
    [alert_id] = set(await at_once(deps, [said("graver", level) for level in levels]))
    assert isinstance(alert_id, str)
    [left] = await histories(rows, [alert_id])
    [alert] = left["alert"]
    assert (alert["level"], alert["report_count"], alert["version"], len(left["report"])) == (1, 5, 5, 5)
    versions = [int(each) for each in await _versions(rows, alert_id)]
    assert versions == sorted(set(versions)), "each is dispatched, with a version of its own"
    acts = [each["act"] for each in left["entry"]]
    assert acts[0] == "raised"
    assert acts.count("told") == len(left["event"]) == len(left["job"]) == acts.count("graver") + 1 >= 2
    [red] = await ordinary(deps, [said(level=Level.RED)])
    [alone] = await histories(rows, [str(red)])
    assert _told(left) == _told(alone)


async def _versions(rows: Rows, alert_id: str) -> list[str]:
    found = await rows.all(
        "SELECT split_part(key, '/', 2) AS version FROM job WHERE key LIKE $1 || '/%' ORDER BY id", alert_id
    )
    return [each["version"] for each in found]


def _told(left: History) -> set[str]:
    return {each["organisation"] for each in left["delivery"]}


async def test_each_counts_once_in_two_processes(deps: Dependencies, settings: Settings, rows: Rows) -> None:
    reports = [said(f"replicas-{number % 5}") for number in range(60)]
    async with running(settings) as replica:
        both = await asyncio.gather(at_once(deps, reports), at_once(replica, reports), at_once(deps, reports[::-1]))
    assert both[0] == both[1] == both[2][::-1]
    counted = "SELECT report_count, version, (SELECT count(*) FROM report r WHERE r.alert_id = a.alert_id) AS reports,"
    counted += " (SELECT count(*) FROM entry e WHERE e.alert_id = a.alert_id) AS entries FROM alert a"
    found = await rows.all(f"{counted} WHERE alert_id = ANY($1)", list(set(both[0])))
    assert [tuple(each) for each in found] == [(12, 12, 12, 2)] * 5


async def test_whoever_went_away_gets_the_same_answer(deps: Dependencies, rows: Rows) -> None:
    """As after a kill between commit and answer: the sender has heard nothing, and sends again."""
    for known in (False, True):
        report = replace(said("went-away"), payload={"nonce": str(uuid4())})
        asked = asyncio.ensure_future(admit(deps, report))
        await until(lambda sent=report: _is_there(rows, sent))
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        alert_id = await admit(deps, report)
        assert await rows.one("SELECT report_count FROM alert WHERE alert_id = $1", alert_id) == 1 + known


async def _is_there(rows: Rows, sent: Said) -> bool:
    found = await rows.one("SELECT count(*) FROM report WHERE payload = $1", json.dumps(sent.payload))
    return bool(found)


async def test_a_locked_alert_holds_up_nobody_else(deps: Dependencies, rows: Rows) -> None:
    locked, others = said("locked"), [said("") for _ in range(10)]
    alert_id = await admit(deps, locked)
    await at_once(deps, others)
    async with deps.database.begin() as tx:
        await tx.execute(text("SELECT FROM alert WHERE alert_id = :id FOR UPDATE"), {"id": alert_id})
        waiting = asyncio.ensure_future(admit(deps, replace(locked, request_id=uuid4())))
        await until(lambda: _is_waiting(rows))
        await at_once(deps, [replace(each, request_id=uuid4()) for each in others])
        assert not waiting.done()
    assert await waiting == alert_id
    assert await rows.one("SELECT report_count FROM alert WHERE alert_id = $1", alert_id) == 2


async def _is_waiting(rows: Rows) -> bool:
    return bool(await rows.one("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_events_and_jobs_belong_to_the_act_of_their_report(deps: Dependencies, rows: Rows) -> None:
    async def in_act(number: int) -> tuple[str, str]:
        context = SpanContext(number, number, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        with trace.use_span(NonRecordingSpan(context)):
            return str(await admit(deps, said())), f"00-{number:032x}-{number:016x}-01"

    for alert_id, own in await asyncio.gather(*(in_act(number) for number in range(1, 21))):
        assert await rows.one("SELECT traceparent FROM outbox WHERE aggregate_id = $1", alert_id) == own
        assert await rows.one("SELECT traceparent FROM job WHERE key LIKE $1 || '/%'", alert_id) == own

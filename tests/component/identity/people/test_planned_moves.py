"""A move that is planned for a later day: until then the old organisation counts everywhere, then the new one."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pingshan_identity.domain.people.employment import Place, Placement
from pingshan_identity.settings import Settings
from pingshan_identity.store.people import placements
from pingshan_identity.store.tables import person
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.apply_due_changes import apply_due_changes
from pingshan_identity.usecases.sessions.end_expired_sessions import end_expired_sessions
from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.shanghai import begin_of
from sqlalchemy import select

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService

TODAY, DAY = clock.today(), timedelta(days=1)


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity", seeded=True).settings(Settings))
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        yield deps


def id_of(identity: Identity, login: str) -> str:
    return str(identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)[0]["person_id"])


def move(system: Browser, person_id: str, organisation: str, posts: list[str], since: date) -> None:
    shown = system.get(f"/admin/people/{person_id}")
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version
    form: dict[str, Any] = {"version": version[1], "organisation": organisation, "posts": posts, "since": str(since)}
    moved = system.post(f"/admin/people/{person_id}/move", data={"csrf_token": csrf_of(shown)} | form)
    assert moved.status_code == 303, moved.text


def access(identity: Identity, page: Browser) -> dict[str, Any]:
    workflow = identity.platform("workflow")
    return workflow.read(identity.tokens(page, workflow)["access_token"])


def test_the_old_organisation_counts_until_the_day_before(identity: Identity, system: Browser) -> None:
    person_id, page = id_of(identity, "culture01"), identity.signed_in("culture01")
    posts = access(identity, page)["posts"]
    move(system, person_id, "health", ["duty-officer"], TODAY + 9 * DAY)
    assert page.get("/account").status_code == 200, "nobody is signed out for what is only planned"
    assert (access(identity, page)["org"], access(identity, page)["posts"]) == ("culture", posts)
    shown = system.get(f"/admin/people/{person_id}").text
    assert f"{TODAY + 9 * DAY} 起：" in shown
    chosen = re.findall(r'name="posts" value="([^"]+)" checked', shown)
    assert set(chosen) == set(posts), "the form offers what is held today, so that nothing planned begins with it"
    assert "culture01" in system.get("/admin/people?organisation=culture").text
    assert "culture01" not in system.get("/admin/people?organisation=health").text

    identity.execute("UPDATE person SET moves_on = $1 WHERE person_id = $2::uuid", TODAY, person_id)
    assert access(identity, page)["org"] == "health", "the day decides, no job"
    assert "culture01" in system.get("/admin/people?organisation=health").text
    assert "culture01" not in system.get("/admin/people?organisation=culture").text


async def test_the_day_ends_sessions_of_the_old_organisation(
    identity: Identity, system: Browser, deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those of who moves to another section only: their rights are the same."""
    mover, page = id_of(identity, "drc01"), identity.signed_in("drc01")
    stayer, other = id_of(identity, "hr01"), identity.signed_in("hr01")
    move(system, mover, "health", ["officer", "duty-officer", "licence-officer"], TODAY + DAY)
    move(system, stayer, "hr", ["officer", "duty-officer", "licence-officer"], TODAY + DAY)
    monkeypatch.setattr(clock, "today", lambda: TODAY + DAY)
    itself = Actor(kind=ActorKind.SERVICE, service="identity")
    await apply_due_changes(deps, itself)
    assert await apply_due_changes(deps, itself) == 0
    assert (page.get("/account").status_code, other.get("/account").status_code) == (303, 200)
    query = "SELECT organisation, moves_on FROM person WHERE person_id = ANY($1::uuid[]) ORDER BY organisation"
    assert [tuple(row) for row in identity.execute(query, [mover, stayer])] == [("health", None), ("hr", None)]


async def test_after_days_without_the_job_who_lost_a_post_is_signed_out_everywhere(
    identity: Identity, deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions that are alive end for the post, those that grew too old meanwhile by their age: systems are told."""
    itself = Actor(kind=ActorKind.SERVICE, service="identity")
    young, old = id_of(identity, "health01"), id_of(identity, "amr01")
    pages = [identity.signed_in("health01"), identity.signed_in("amr01")]
    for person_id, last in ((young, TODAY - DAY), (old, TODAY - 3 * DAY)):
        identity.execute(
            "INSERT INTO person_post (person_id, post, since, until) VALUES ($1::uuid, 'window-clerk', $2, $3)",
            person_id,
            TODAY - 9 * DAY,
            last,
        )
    begun = "UPDATE sso_session SET started_at = $1 WHERE person_id = $2::uuid"
    identity.execute(begun, begin_of(TODAY) - timedelta(minutes=1), young)
    identity.execute(begun, begin_of(TODAY - 3 * DAY), old)
    monkeypatch.setattr(clock, "now", lambda: begin_of(TODAY) + timedelta(hours=2))
    await apply_due_changes(deps, itself)
    await end_expired_sessions(deps, itself)
    assert [page.get("/account").status_code for page in pages] == [303, 303]
    told = "SELECT s.person_id, s.reason FROM sign_out s WHERE s.person_id = ANY($1::uuid[])"
    assert {str(each["person_id"]) for each in identity.execute(told, [young, old])} == {young, old}
    assert await apply_due_changes(deps, itself) == 0


def posts_of(identity: Identity, person_id: str) -> list[tuple[Any, ...]]:
    query = "SELECT post, since, until FROM person_post WHERE person_id = $1::uuid ORDER BY post, since"
    return [tuple(each) for each in identity.execute(query, person_id)]


def cancelled(page: Browser, person_id: str, reason: str = "") -> httpx.Response:
    shown = page.get(f"/admin/people/{person_id}")
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version
    form = {"csrf_token": csrf_of(shown), "version": version[1]} | ({"reason": reason} if reason else {})
    return page.post(f"/admin/people/{person_id}/move/cancel", data=form)


def test_a_planned_move_is_taken_back_with_the_posts_of_before(identity: Identity, system: Browser) -> None:
    """Also a second plan in the place of the first, and a post with a last day of its own."""
    person_id = id_of(identity, "veterans01")
    last = TODAY + 100 * DAY
    identity.execute(
        "UPDATE person_post SET until = $1 WHERE person_id = $2::uuid AND post = 'officer'", last, person_id
    )
    before = posts_of(identity, person_id)
    assert "取消调动安排" not in system.get(f"/admin/people/{person_id}").text
    move(system, person_id, "health", ["duty-officer"], TODAY + 9 * DAY)
    move(system, person_id, "fire", ["window-clerk"], TODAY + 5 * DAY)
    assert posts_of(identity, person_id) != before
    assert "取消调动安排" in system.get(f"/admin/people/{person_id}").text
    assert cancelled(system, person_id).status_code == 303
    assert posts_of(identity, person_id) == before
    kept = identity.execute(
        "SELECT organisation, moves_on, moves_to, posts_before_move FROM person WHERE person_id = $1::uuid", person_id
    )
    assert [tuple(each) for each in kept] == [("veterans", None, None, None)]
    [details] = identity.execute(
        "SELECT details::text FROM record WHERE act = 'move.cancelled' AND subject = $1", f"person:{person_id}"
    )
    assert str(TODAY + 5 * DAY) in details["details"]
    again = cancelled(system, person_id)
    assert (again.status_code, "没有可以取消的调动安排" in again.text) == (409, True)


def test_taking_back_an_administrators_move_takes_two(identity: Identity, system: Browser) -> None:
    person_id, security = id_of(identity, "audit01"), identity.signed_in("secadmin01")
    before = posts_of(identity, person_id)
    identity.execute(
        "UPDATE person SET moves_on = $1, moves_to = 'health', posts_before_move = $2 WHERE person_id = $3::uuid",
        TODAY + 9 * DAY,
        json.dumps([{"post": "officer", "since": str(TODAY), "until": None}]),
        person_id,
    )
    proposed = cancelled(system, person_id, "安排有误")
    assert proposed.status_code == 303
    change = proposed.headers["location"]
    assert identity.execute("SELECT moves_on FROM person WHERE person_id = $1::uuid", person_id)[0]["moves_on"]
    shown = security.get(change)
    assert "取消管理员的调动安排" in shown.text
    decided = security.post(
        f"{change}/decide", data={"csrf_token": csrf_of(shown), "decision": "approved", "reason": "同意"}
    )
    assert decided.status_code == 303, decided.text
    assert identity.execute("SELECT moves_on FROM person WHERE person_id = $1::uuid", person_id)[0]["moves_on"] is None
    assert len(posts_of(identity, person_id)) == len(before) + 1


def test_an_earlier_move_to_a_planned_post_leaves_no_day_between(identity: Identity, system: Browser) -> None:
    person_id = id_of(identity, "education01")
    move(system, person_id, "education", ["window-clerk"], TODAY + 20 * DAY)
    move(system, person_id, "education", ["window-clerk"], TODAY)
    held = identity.execute(
        "SELECT post, since, until FROM person_post WHERE person_id = $1::uuid AND (until IS NULL OR until >= $2)",
        person_id,
        TODAY,
    )
    assert [(each["post"], each["since"], each["until"]) for each in held] == [("window-clerk", TODAY, None)]


def test_a_section_that_somebody_is_to_move_into_stays_open(identity: Identity, system: Browser) -> None:
    person_id, at = id_of(identity, "water01"), "/admin/organisation/drc"
    added = {"csrf_token": csrf_of(system.get(at)), "name_zh": "规划科", "name_en": "Planning"}
    assert system.post(f"{at}/sections", data=added).status_code == 303
    section = str(identity.execute("SELECT section_id FROM section WHERE name_zh = '规划科'")[0]["section_id"])
    shown = system.get(f"/admin/people/{person_id}")
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version
    form = {"version": version[1], "organisation": "drc", "section_id": section, "posts": "officer"}
    form |= {"csrf_token": csrf_of(shown), "since": str(TODAY + DAY)}
    assert system.post(f"/admin/people/{person_id}/move", data=form).status_code == 303
    closing = {"csrf_token": csrf_of(system.get(at)), "section_id": section, "act": "close"}
    assert system.post(f"{at}/sections", data=closing).status_code == 409


async def test_the_database_moves_people_as_the_rule_says(database: Database) -> None:
    first, later = Place("water", None), Place("health", None)
    async with database.begin() as tx:
        who: UUID = (
            await tx.execute(select(person.c.person_id).where(person.c.realm == "staff").limit(1))
        ).scalar_one()
        for kept in (
            Placement(first, None, None),
            Placement(first, TODAY, later),
            Placement(first, TODAY + DAY, later),
        ):
            await placements.put(tx, who, kept)
            assert await placements.get(tx, who) == kept
            for day in (TODAY - DAY, TODAY, TODAY + DAY, TODAY + 2 * DAY):
                query = select(placements.organisation_on(day), placements.section_on(day))
                found = (await tx.execute(query.where(person.c.person_id == who))).one()
                assert Place(*found) == kept.on(day), (kept, day)
        await tx.rollback()

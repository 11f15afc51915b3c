"""Every form of every page, sent twice; every unique key, wanted by two; then all of them with every table broken.

Forms come from the applications' own route tables and keys from PostgreSQL's catalog: a new one without a case fails.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pingshan_identity.domain.realm import Realm

from tests.support.broken_tables import begun, break_all, call_all, told
from tests.support.canaries import found_in
from tests.support.fuzz.known import known_of
from tests.support.fuzz.services import SERVICES, Attacked, know_people, start_all
from tests.support.platform import TestPlatform
from tests.support.races.all import RACES
from tests.support.races.race import outcome
from tests.support.sent_twice.all import CASES, NO_FORM
from tests.support.sent_twice.walk import wrong_with
from tests.support.spans import CollectedSpans
from tests.support.tokens import TokenIssuer

_UNIQUE = """
SELECT key.relname FROM pg_index JOIN pg_class AS key ON key.oid = indexrelid JOIN pg_class AS of ON of.oid = indrelid
JOIN pg_namespace ON pg_namespace.oid = of.relnamespace
WHERE nspname = 'public' AND indisunique AND NOT of.relispartition
"""


@pytest.fixture(scope="module")
async def services(
    spans: CollectedSpans, platform: TestPlatform, temporal_namespace: str, identity_tokens: TokenIssuer
) -> AsyncIterator[dict[str, Attacked]]:
    """Without their jobs, so that what a form wrote can be counted."""
    started = start_all(platform, identity_tokens, ("http", "grpc", "relay"))
    await know_people(started["identity"])
    yield started
    for each in started.values():
        await each.close()


async def test_every_form_that_is_sent_twice_acts_once_and_leads_to_the_same(services: dict[str, Attacked]) -> None:
    """By a double click, and again afterwards."""
    for service in SERVICES:
        await services[service].bearer()  # its sessions at identity, which are counted there
        await services[service].browser(realm=Realm.PUBLIC)
    found = await asyncio.gather(
        _forms(services["alerts"], services["wifi-portal"]),  # which sends its codes through alerts
        *(_forms(services[service]) for service in ("e-license", "identity", "workflow")),
    )
    assert not any(found), "\n".join(each for of_service in found for each in of_service)


async def _forms(*services: Attacked) -> list[str]:
    """What went wrong; forms of one service come one after the other, since their rows are counted."""
    wrong = []
    for attacked in services:
        routes = {route.path for route in attacked.routes() if route.is_page and route.method != "GET"}
        cases = CASES[attacked.service]
        assert {case.route for case in cases} | (NO_FORM & routes) == routes
        wrong += [each for case in cases for each in await wrong_with(attacked, case)]
    return wrong


@pytest.mark.parametrize("service", SERVICES)
async def test_of_two_who_want_the_same_key_one_gets_it_and_nobody_an_error(
    services: dict[str, Attacked], service: str
) -> None:
    attacked = services[service]
    assert {str(name) for [name] in await attacked.rows(_UNIQUE)} == RACES[service].keys()
    races = dict.fromkeys(each for each in RACES[service].values() if not isinstance(each, str))
    ended = {f"{begin.__module__}.{begin.__name__}": await outcome(attacked, begin) for begin in races}
    assert not any(ended.values()), {name: said for name, said in ended.items() if said}
    assert not attacked.failures(), "\n".join(attacked.failures()[:20])


async def test_where_every_table_is_broken_nothing_tells_what_people_gave(
    services: dict[str, Attacked], platform: TestPlatform
) -> None:
    """The last one here: each form, operation and method with marked values, and the jobs that waited."""
    await asyncio.gather(*(_failing(attacked, services) for attacked in services.values()))
    for service in SERVICES:
        platform.start(service, "jobs", "events")
    failed = "SELECT 1 FROM job WHERE attempts > 0 LIMIT 1"
    async with asyncio.timeout(30):
        while not any([await each.rows(failed) for each in services.values()]):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)
    written = await told(platform, services)
    for service in SERVICES:
        assert "constraint=never" in services[service].running.log_file.read_text("utf-8"), service
    assert "23514" in written["spans"]
    assert all(written.values()), {where: len(text) for where, text in written.items()}
    telling = {where: [line[:900] for line in text.splitlines() if found_in(line)] for where, text in written.items()}
    assert not any(telling.values()), {where: lines[:3] for where, lines in telling.items()}


async def _failing(attacked: Attacked, services: dict[str, Attacked]) -> None:
    forms, known = await begun(attacked, CASES[attacked.service]), await known_of(attacked)
    await break_all(attacked)
    for form in forms:
        await form.send()
    await call_all(attacked, services, known)

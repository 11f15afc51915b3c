"""What the law wants kept is kept for six months, and not longer; what refers to something goes first."""

from collections.abc import AsyncIterator, Callable

import pytest
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.housekeeping import clean
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.store.retention import KEPT, RETENTION
from sqlalchemy import text

from tests.support.platform import BoundService
from tests.support.wifi_portal.visitor import rows

OVER = 6_000
"""More than one batch."""
YOUNG, OLD = KEPT.days - 1, KEPT.days + 1
TABLES = ("login_token", "wifi_session", "sign_in", "usage", "visitor", "radius_drop")
_AGO = "now() - make_interval(days => :days)"
ADD_VISITORS = f"""
INSERT INTO visitor (visitor_id, mobile_index, mobile, language, plan_id, created_at)
SELECT uuidv7(), uuid_send(uuidv7()), '\\x01', 'zh-Hans', (SELECT plan_id FROM plan LIMIT 1), {_AGO}
FROM generate_series(1, :rows)
"""
ADD_SIGN_INS = """
INSERT INTO sign_in (sign_in_id, controller_id, hotspot_id, device_mac, mobile_index, mobile, network, language, code,
                     sent_at, expires_at, consented_at, state)
SELECT visitor_id, controller_id, hotspot_id, '02:00:00:00:00:01', mobile_index, '\\x01', '', 'en', '\\x01',
       created_at, created_at, created_at, 'verified'
FROM visitor, (SELECT controller_id, hotspot_id FROM hotspot LIMIT 1)
"""
ADD_TOKENS = """
INSERT INTO login_token (username, sign_in_id, visitor_id, controller_id, device_mac, expires_at)
SELECT sign_in_id, sign_in_id, sign_in_id, controller_id, device_mac, expires_at FROM sign_in
"""
ADD_SESSIONS = """
INSERT INTO wifi_session (session_id, controller_id, hotspot_id, device_mac, acct_session_id, visitor_id, sign_in_id,
                          authorised_at, ended_at)
SELECT sign_in_id, controller_id, hotspot_id, device_mac, '', sign_in_id, sign_in_id, sent_at, sent_at FROM sign_in
"""
ADD_USAGE = "INSERT INTO usage (visitor_id, day, octets) SELECT visitor_id, created_at::date, 1 FROM visitor"
ADD_DROPS = """
INSERT INTO radius_drop (day, source, reason, packets)
SELECT created_at::date, visitor_id::text, 'malformed', 1 FROM visitor
"""


@pytest.fixture
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("wifi-portal", seeded=True).settings(Settings))
    async with database.begin() as tx:
        for name in TABLES:
            await tx.execute(text(f"DELETE FROM {name}"))
    yield database
    await database.close()


async def fill(database: Database, **ages: int) -> None:
    async with database.begin() as tx:
        for age, number in ages.items():
            await tx.execute(text(ADD_VISITORS), {"days": {"old": OLD, "young": YOUNG}[age], "rows": number})
        for statement in (ADD_SIGN_INS, ADD_TOKENS, ADD_SESSIONS, ADD_USAGE, ADD_DROPS):
            await tx.execute(text(statement))


async def counts(database: Database) -> dict[str, int]:
    return {name: (await rows(database, f"SELECT count(*) AS n FROM {name}"))[0].n for name in TABLES}


async def test_after_six_months_everything_of_a_visit_goes_and_nothing_earlier(database: Database) -> None:
    assert KEPT.days >= 184, "the longest six months of a calendar; the law wants no fewer"
    await fill(database, old=OVER, young=5)
    await clean(database, RETENTION)
    assert await counts(database) == dict.fromkeys(TABLES, 5)


async def test_who_was_online_lately_stays_with_the_sign_in_that_led_there(database: Database) -> None:
    await fill(database, old=1)
    async with database.begin() as tx:
        await tx.execute(text("UPDATE wifi_session SET ended_at = now() - interval '1 day'"))
    await clean(database, RETENTION)
    stays = {"wifi_session", "sign_in", "visitor"}
    assert await counts(database) == {name: int(name in stays) for name in TABLES}


async def test_an_open_session_is_never_deleted(database: Database) -> None:
    await fill(database, old=1)
    async with database.begin() as tx:
        await tx.execute(text("UPDATE wifi_session SET ended_at = NULL"))
    await clean(database, RETENTION)
    assert (await counts(database))["wifi_session"] == 1

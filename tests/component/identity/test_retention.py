"""What identity keeps for a while goes when its time is over, what refers to it first."""

from collections.abc import AsyncIterator, Callable

import pytest
from pingshan_identity.settings import Settings
from pingshan_identity.store.retention import RETENTION
from pingshan_identity.store.tables import sign_in_attempt, sign_in_throttle, sms_challenge
from pingshan_kit.database import Database
from pingshan_kit.housekeeping import clean
from sqlalchemy import Table, func, select, text

from tests.support.platform import BoundService

OVER = 12_000
ADD_CHALLENGES = """
INSERT INTO sms_challenge (challenge_id, purpose, mobile_index, code_hash, sent_at, expires_at)
SELECT uuidv7(), 'sign-in', '\\x01', '\\x01', now() - make_interval(days => :days), now() - make_interval(days => :days)
FROM generate_series(1, :rows)
"""
ADD_ATTEMPTS = """
INSERT INTO sign_in_attempt (attempt_hash, browser_hash, realm, level, acr, amr, continuation, sms_challenge_id,
                             expires_at)
SELECT uuid_send(challenge_id), '\\x01', 'public', 1, 0, '{}', '', challenge_id, expires_at FROM sms_challenge
"""
ADD_THROTTLES = """
INSERT INTO sign_in_throttle (key, attempts, blocked_until, attempted_at)
SELECT uuid_send(uuidv7()), 1, now(), now() - make_interval(days => :days) FROM generate_series(1, :rows)
"""


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity").settings(Settings))
    yield database
    await database.close()


async def count(database: Database, table: Table) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(table))).scalar_one()


async def test_what_is_over_goes_and_the_rest_stays(database: Database) -> None:
    async with database.begin() as tx:
        for days, rows in ((3, OVER), (0, 5)):
            await tx.execute(text(ADD_CHALLENGES), {"days": days, "rows": rows})
            await tx.execute(text(ADD_THROTTLES), {"days": days, "rows": rows})
        await tx.execute(text(ADD_ATTEMPTS))
    await clean(database, RETENTION)
    assert [await count(database, table) for table in (sign_in_attempt, sms_challenge, sign_in_throttle)] == [5, 5, 5]

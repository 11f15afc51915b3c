"""A refresh token that is good once is used once, whatever is killed while it is used."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support.identity.fixtures import seeded
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Identity, RelyingParty
from tests.support.platform import BoundService, TestPlatform

GRANTS = ["authorization_code", "refresh_token"]
SCOPES = ["openid", "offline_access"]


@pytest.fixture(scope="module")
def deployment(platform: TestPlatform, bound_identity: BoundService) -> Identity:
    return seeded(platform, bound_identity)


@pytest.fixture(scope="module")
async def app(deployment: Identity, bound_identity: BoundService) -> RelyingParty:
    assert deployment.url
    return await add_client(bound_identity, "app", auth_method="none", grant_types=GRANTS, scopes=SCOPES)


def signed_in(identity: Identity, app: RelyingParty) -> str:
    attempt = Attempt()
    code = identity.code(identity.signed_in("water01"), app, attempt, scope="openid offline_access")
    return str(app.redeem(code, attempt).json()["refresh_token"])


def refreshed(app: RelyingParty, token: str) -> dict[str, Any]:
    return dict(app.token({"grant_type": "refresh_token", "refresh_token": token}).json())


def test_killed_once_the_answer_was_kept(platform: TestPlatform, deployment: Identity, app: RelyingParty) -> None:
    first = platform.start("identity")
    token = signed_in(deployment, app)
    answer = refreshed(app, token)
    first.kill()
    second = platform.start("identity")
    assert refreshed(app, token) == answer, "another process repeats what this one had said"
    assert refreshed(app, answer["refresh_token"])["refresh_token"] != answer["refresh_token"]
    second.stop()


async def test_killed_before_the_answer_was_kept(
    platform: TestPlatform, deployment: Identity, app: RelyingParty
) -> None:
    first = platform.start("identity")
    token = signed_in(deployment, app)
    database, observer = [await asyncpg.connect(deployment.database_url) for _ in range(2)]
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%refresh_token%'"
    with ThreadPoolExecutor(1) as pool:
        async with database.transaction():
            await database.execute("SELECT 1 FROM refresh_token ORDER BY issued_at DESC LIMIT 1 FOR UPDATE")
            lost = pool.submit(refreshed, app, token)
            while not await observer.fetchval(waiting):
                assert not lost.done()
            first.kill()
        with suppress(httpx.TransportError):
            lost.result()
    second = platform.start("identity")
    answer = refreshed(app, token)
    assert refreshed(app, answer["refresh_token"])["refresh_token"]
    newest = "SELECT grant_id FROM refresh_token ORDER BY issued_at DESC LIMIT 1"
    used = f"SELECT count(*) FROM refresh_token WHERE used_at IS NOT NULL AND grant_id = ({newest})"
    assert await database.fetchval(used) == 2
    await database.close()
    await observer.close()
    second.stop()

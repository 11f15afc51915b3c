"""Whoever knows the id of a public client fills no table with it: requests are limited, also seen and lifted."""

from collections.abc import AsyncIterator

import pytest
from pingshan_identity.domain.oauth.public_clients import DEVICES, DEVICES_ON_NETWORK
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.counting import spend_of_client
from pingshan_identity.usecases.dependencies import Dependencies
from sqlalchemy import text

from tests.support.identity.dependencies import dependencies
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Identity, RelyingParty
from tests.support.platform import BoundService

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
BUDGETS = {
    Counted.DEVICES_ON_NETWORK: DEVICES_ON_NETWORK,
    Counted.DEVICES: DEVICES,
}


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService, identity: Identity) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        yield made


@pytest.fixture(autouse=True)
async def nobody_waits(deps: Dependencies) -> None:
    async with deps.database.begin() as tx:
        await tx.execute(text("DELETE FROM sign_in_throttle"))


@pytest.fixture(scope="module")
async def public(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    grants = ["authorization_code", DEVICE]
    return await add_client(bound_identity, "public-app", auth_method="none", grant_types=grants)


@pytest.fixture(scope="module")
async def confidential(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    return await add_client(bound_identity, "confidential-app", grant_types=["authorization_code", DEVICE])


async def use_up(deps: Dependencies, counted: Counted) -> None:
    async with deps.database.begin() as tx:
        late = text("UPDATE sign_in_throttle SET blocked_until = now() + interval '5 minutes' WHERE counted = :counted")
        assert (await tx.execute(late, {"counted": counted})).rowcount == 1


async def kept(deps: Dependencies, table: str) -> int:
    async with deps.database.read() as tx:
        return int((await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


def test_a_network_that_asks_for_very_many_device_codes_is_told_to_wait(
    identity: Identity, public: RelyingParty, confidential: RelyingParty
) -> None:
    statuses = []
    for _ in range(DEVICES_ON_NETWORK.most + 2):
        answer = public.token({"scope": "openid"}, "/device_authorization")
        statuses.append(answer.status_code)
    assert statuses[: DEVICES_ON_NETWORK.most] == [200] * DEVICES_ON_NETWORK.most
    assert statuses[-1] == 429
    assert answer.json()["error"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) >= 1
    assert confidential.token({"scope": "openid"}, "/device_authorization").status_code == 200
    page = identity.signed_in("secadmin01").get("/admin/throttles")
    assert "公开客户端索取的设备代码，按网络" in page.text
    assert "public-app 127.0.0.0/24" in page.text


async def test_a_network_that_pushes_very_many_requests_is_told_to_wait_and_nothing_is_kept(
    deps: Dependencies, public: RelyingParty, confidential: RelyingParty
) -> None:
    assert public.push(Attempt()).status_code == 201
    await use_up(deps, Counted.PUSHED_ON_NETWORK)
    before = await kept(deps, "pushed_request")
    answer = public.push(Attempt())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert await kept(deps, "pushed_request") == before
    assert confidential.push(Attempt()).status_code == 201


async def test_many_networks_together_do_not_fill_the_table_either(deps: Dependencies, public: RelyingParty) -> None:
    assert public.token({"scope": "openid"}, "/device_authorization").status_code == 200
    await use_up(deps, Counted.DEVICES)
    assert public.token({"scope": "openid"}, "/device_authorization").status_code == 429


async def test_another_network_is_not_slowed_down(deps: Dependencies, public: RelyingParty) -> None:
    async with deps.database.begin() as tx:
        client = await clients.get(tx, public.client_id)
        assert client is not None
        for _ in range(DEVICES_ON_NETWORK.most):
            await spend_of_client(tx, deps.personal, client, "192.0.2.1", BUDGETS)
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await spend_of_client(tx, deps.personal, client, "192.0.2.99", BUDGETS)
        await spend_of_client(tx, deps.personal, client, "198.51.100.1", BUDGETS)

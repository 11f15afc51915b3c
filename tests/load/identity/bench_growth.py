"""Introspection among many sessions and grants: `pytest -s tests/load/identity/bench_growth.py`."""

import asyncio
import time
from statistics import median

import pytest
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.keys.load_keys import load_keys
from pingshan_identity.usecases.oauth.introspect_token import introspect_token

from tests.support.identity.dependencies import dependencies
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Identity
from tests.support.load.figures import Figures
from tests.support.load.growth import grow
from tests.support.platform import BoundService

QUESTIONS, AT_ONCE, ROUNDS = 600, 8, 5
_SESSION = {"session_id": "'copy-' || n", "cookie_hash": r"'\x' || md5(n::text)"}
_GRANT = {"grant_id": "gen_random_uuid()", "session_id": "'copy-' || n"}


async def test_growth(
    identity: Identity, bound_identity: BoundService, figures: Figures, pytestconfig: pytest.Config
) -> None:
    """Among a million of them it costs what it costs among ten thousand."""
    party = await add_client(bound_identity, "system")
    token = identity.tokens(identity.signed_in("water01"), party)["access_token"]
    rates = []
    async with dependencies(bound_identity.settings(Settings)) as deps:
        await load_keys(deps)
        async with deps.database.read() as tx:
            client = await clients.get(tx, "system")
        assert client is not None

        async def worker() -> None:
            for _ in range(QUESTIONS // AT_ONCE):
                assert (await introspect_token(deps, client=client, token=token))["active"]

        async def rate() -> float:
            begun = time.perf_counter()
            await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
            return QUESTIONS / (time.perf_counter() - begun)

        for rows in (10_000, pytestconfig.getoption("rows")):
            await grow(identity.database_url, "sso_session", to=rows, changed=_SESSION)
            await grow(identity.database_url, "access_grant", to=rows, changed=_GRANT)
            await rate()
            rates.append([await rate() for _ in range(ROUNDS)])
    few = median(rates[0])
    name = f"identity: introspection among {rows:,} sessions and grants"
    figures.add(name, *(each / few for each in rates[1]), peer="among 10,000", at_least=0.9)

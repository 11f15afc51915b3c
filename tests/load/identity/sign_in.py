"""Sign-ins ÷ the argon2id limit of the cores, and the code flow: `pytest tests/load/identity/sign_in.py -s`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.keys.load_keys import load_keys
from pingshan_identity.usecases.oauth.authorize import Authorize, BackToClient, authorize
from pingshan_identity.usecases.oauth.issue_client_token import IssueClientToken, issue_client_token
from pingshan_identity.usecases.oauth.redeem_code import RedeemCode, redeem_code
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password
from pingshan_values.actor import ANONYMOUS

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Attempt as Visit
from tests.support.identity.parties import Identity
from tests.support.platform import BoundService

SIGN_INS = 200
VISITS = 1_000
AT_ONCE = 16
FLOOR = 0.5
"""Far below what was measured: only a blunder, such as hashing in the event loop, falls below it."""


async def test_sign_ins_against_the_limit_of_the_cores(identity: Identity, bound_identity: BoundService) -> None:
    passwords = Passwords(threads=0, queue=AT_ONCE)
    right = identity.sign_ins["staff"]["water01"]
    stored = await passwords.hash(right)

    async def hash_only(_: int) -> None:
        assert await passwords.verify(stored, right)

    async def whole(number: int) -> None:
        visitor = Visitor("browser", "", f"10.{number // 250}.{number % 250}.1", None)
        assert await sign_in_with_password(
            deps, ANONYMOUS, SignInWithPassword(Realm.STAFF, "water01", right, visitor, "/")
        )

    async with dependencies(bound_identity.settings(Settings)) as made:
        deps = replace(made, passwords=passwords)
        rounds = [(await rate(hash_only, SIGN_INS), await rate(whole, SIGN_INS)) for _ in range(3)]
    await passwords.close()
    for limit, signed_in in rounds:
        print(f"\nargon2id limit {limit:.0f}/s, sign-ins {signed_in:.0f}/s, ratio {signed_in / limit:.2f}", end="")
    assert max(signed_in / limit for limit, signed_in in rounds) >= FLOOR


async def test_code_flow_and_client_credentials(identity: Identity, bound_identity: BoundService) -> None:
    settings = bound_identity.settings(Settings)
    async with dependencies(settings) as deps:
        await load_keys(deps)
        await measure_flows(identity, deps)


async def measure_flows(identity: Identity, deps: Dependencies) -> None:
    page = identity.signed_in("water01")
    cookies = {Realm.STAFF: page.cookies["__Host-pingshan-identity"]}
    party = identity.district("oa")
    async with deps.database.read() as tx:
        relying, machine = await clients.get(tx, "oa"), await clients.get(tx, "amr-system")
    assert relying is not None
    assert machine is not None

    async def visit(_: int) -> None:
        asked = Visit()
        query = urlsplit(party.authorize_path(asked)).query
        outcome = await authorize(deps, Authorize(query, cookies))
        assert isinstance(outcome, BackToClient)
        code = parse_qs(urlsplit(outcome.location).query)["code"][0]
        form = {"code": code, "redirect_uri": party.redirect_uri, "code_verifier": asked.verifier}
        await redeem_code(deps, ANONYMOUS, RedeemCode(relying, Parameters(form.items()), jkt=None))

    async def call(_: int) -> None:
        parameters = Parameters([("audience", "e-license"), ("state", token_urlsafe(4))])
        await issue_client_token(deps, IssueClientToken(machine, parameters, jkt=None))

    print(f"\ncode flow {await rate(visit, VISITS):.0f}/s, client credentials {await rate(call, VISITS):.0f}/s", end="")


async def rate(act: Callable[[int], Awaitable[None]], times: int) -> float:
    """Acts per second, `AT_ONCE` at a time."""
    numbers = iter(range(times))

    async def worker() -> None:
        for number in numbers:
            await act(number)

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return times / (time.perf_counter() - begun)

"""Password sign-ins ÷ the argon2id limit of the cores: `pytest -s tests/load/identity/bench_sign_in.py`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password
from pingshan_values.actor import ANONYMOUS

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Identity
from tests.support.load.figures import Figures
from tests.support.platform import BoundService

SIGN_INS, AT_ONCE, ROUNDS = 100, 16, 5
GOAL = 0.85


async def test_sign_ins_against_the_limit_of_the_cores(
    identity: Identity, bound_identity: BoundService, figures: Figures
) -> None:
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
        rounds = [(await rate(hash_only, SIGN_INS), await rate(whole, SIGN_INS)) for _ in range(ROUNDS)]
    await passwords.close()
    for limit, signed_in in rounds:
        print(f"\nargon2id limit {limit:.0f}/s, sign-ins {signed_in:.0f}/s, ratio {signed_in / limit:.2f}", end="")
    ratios = [signed_in / limit for limit, signed_in in rounds]
    figures.add("identity: password sign-ins", *ratios, peer="argon2id alone on all cores", at_least=GOAL)


async def rate(act: Callable[[int], Awaitable[None]], times: int) -> float:
    """Acts per second, `AT_ONCE` at a time."""
    numbers = iter(range(times))

    async def worker() -> None:
        for number in numbers:
            await act(number)

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return times / (time.perf_counter() - begun)

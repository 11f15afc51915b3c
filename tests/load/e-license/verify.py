"""Verify by identifier ÷ a bare asyncpg fetch of its row: `pytest tests/load/e-license/verify.py -s`."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
from pingshan_e_license.domain.verification import Result
from pingshan_e_license.usecases.issue_license import issue_license
from pingshan_e_license.usecases.verify_license import VerifyLicense, verify_license
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.platform import TestPlatform

LICENCES = 200
QUESTIONS = 1_000
AT_ONCE = 10
ROUNDS = 3
FLOOR = 0.05
"""Far below what was measured: only a blunder, such as a query per attribute, falls below it."""


async def test_verify_against_a_bare_fetch(platform: TestPlatform, running: RunningService) -> None:
    given = running.given
    identifiers = [await _issued(running, number) for number in range(LICENCES)]
    officer = issuer_of("amr")

    async def verify(number: int) -> None:
        answer = await verify_license(given, officer, VerifyLicense(identifiers[number % LICENCES], "压力测试"))
        assert answer.result is Result.VALID

    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    pool = await asyncpg.create_pool(url.render_as_string(hide_password=False), min_size=AT_ONCE, max_size=AT_ONCE)

    async def fetch(number: int) -> None:
        row = await pool.fetchrow("SELECT * FROM license WHERE identifier = $1", identifiers[number % LICENCES])
        assert row is not None

    rates = [(await _rate(fetch), await _rate(verify)) for _ in range(ROUNDS)]
    await pool.close()
    for bare, verified in rates:
        print(f"\nbare fetch {bare:,.0f}/s, verify {verified:,.0f}/s, ratio {verified / bare:.2f}", end="")
    assert max(verified / bare for bare, verified in rates) >= FLOOR


async def _issued(running: RunningService, number: int) -> str:
    issued = await issue_license(running.given, issuer_of("amr"), issue_permit(f"L{number}"))
    return issued.license.identifier


async def _rate(ask: Callable[[int], Awaitable[None]]) -> float:
    """Questions per second, AT_ONCE in flight."""

    async def worker(first: int) -> None:
        for number in range(first, QUESTIONS, AT_ONCE):
            await ask(number)

    begun = time.perf_counter()
    await asyncio.gather(*(worker(first) for first in range(AT_ONCE)))
    return QUESTIONS / (time.perf_counter() - begun)

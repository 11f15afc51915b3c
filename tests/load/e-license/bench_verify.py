"""Verify by identifier ÷ a bare fetch of its row: `pytest -s tests/load/e-license/bench_verify.py`.

The peer is the least that a question costs: its statement prepared once on a connection that the caller holds, no
record, no signature checked. Verified is by the use case, in this process: with the record that every verification
leaves, and the signature of the credential.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median, quantiles

import asyncpg
import pytest
from pingshan_e_license.domain.verification.conclusion import Result
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.load.figures import Figures
from tests.support.load.growth import grow
from tests.support.load.measuring import Processes, cpu_seconds
from tests.support.platform import TestPlatform

LICENCES, QUESTIONS, ROUNDS = 200, 1_000, 5
GOALS = {10: 0.5, 1: 0.3}
Ask = Callable[[int], Awaitable[None]]
_COPY: Mapping[str, str] = {
    "license_id": "gen_random_uuid()",
    "identifier": "'copy-' || n",
    "serial_number": "'copy-' || n",
    "holder_code_index": r"'\x' || md5(n::text)",
}


@pytest.fixture(scope="module")
async def identifiers(running: RunningService) -> list[str]:
    issued = [await issue_license(running.given, issuer_of("amr"), issue_permit(f"L{n}")) for n in range(LICENCES)]
    return [each.license.identifier for each in issued]


@pytest.fixture(scope="module")
def verify(running: RunningService, identifiers: list[str]) -> Ask:
    officer = issuer_of("amr")

    async def ask(number: int) -> None:
        asked = VerifyLicense(identifiers[number % LICENCES], "压力测试")
        answer = await verify_license(running.given, officer, asked)
        assert answer.result is Result.VALID

    return ask


@pytest.mark.parametrize("at_once", list(GOALS))
async def test_verify_against_a_bare_fetch(
    platform: TestPlatform, identifiers: list[str], verify: Ask, figures: Figures, at_once: int
) -> None:
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    held = [await asyncpg.connect(url.render_as_string(hide_password=False)) for _ in range(at_once)]
    prepared = [await each.prepare("SELECT * FROM license WHERE identifier = $1") for each in held]

    async def fetch(number: int) -> None:
        row = await prepared[number % at_once].fetchrow(identifiers[number % LICENCES])
        assert row is not None

    await _rate(fetch, at_once)
    await _rate(verify, at_once)
    rates = [(await _rate(fetch, at_once), await _rate(verify, at_once)) for _ in range(ROUNDS)]
    for each in held:
        await each.close()
    for bare, verified in rates:
        print(f"\nbare fetch {bare:,.0f}/s, verify {verified:,.0f}/s, ratio {verified / bare:.2f}", end="")
    name = "one at a time" if at_once == 1 else f"{at_once} at once"
    ratios = [verified / bare for bare, verified in rates]
    peer = "a bare prepared fetch on a held connection"
    figures.add(f"e-license: verify, {name}", *ratios, peer=peer, at_least=GOALS[at_once])


@pytest.mark.parametrize("at_once", [64, 512])
async def test_many_at_the_same_moment(verify: Ask, figures: Figures, at_once: int) -> None:
    """Nobody is refused, and the last waits as long as a queue of this length must."""
    tails = []
    for _ in range(ROUNDS):
        waited: list[float] = []

        async def timed(number: int, waited: list[float] = waited) -> None:
            begun = time.perf_counter()
            await verify(number)
            waited.append(time.perf_counter() - begun)

        await asyncio.gather(*(timed(number) for number in range(at_once)))
        assert len(waited) == at_once
        half, most = median(waited), quantiles(waited, n=100)[98]
        tails.append(most / half)
        print(f"\n{at_once} at once: p50 {half * 1e3:.0f} ms, p99 {most * 1e3:.0f} ms", end="")
    figures.add(f"e-license: p99 ÷ p50 of {at_once} simultaneous verifications, none refused", *tails, at_most=10)


async def _rate(ask: Ask, at_once: int) -> float:
    """Questions per second, so many in flight."""

    async def worker(first: int) -> None:
        for number in range(first, QUESTIONS, at_once):
            await ask(number)

    begun = time.perf_counter()
    await asyncio.gather(*(worker(first) for first in range(at_once)))
    return QUESTIONS / (time.perf_counter() - begun)


async def test_growth(
    platform: TestPlatform,
    verify: Ask,
    postgres_processes: Processes,
    figures: Figures,
    pytestconfig: pytest.Config,
) -> None:
    """Among a million licences a verification costs as much CPU, PostgreSQL's too, as among ten thousand."""

    async def rate() -> float:
        before = time.process_time() + cpu_seconds(postgres_processes())
        await _rate(verify, 10)
        return QUESTIONS / (time.process_time() + cpu_seconds(postgres_processes()) - before)

    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    rates = []
    for rows in (10_000, pytestconfig.getoption("rows")):
        await grow(url.render_as_string(hide_password=False), "license", to=rows, changed=_COPY)
        await rate()
        rates.append([await rate() for _ in range(ROUNDS)])
    few, many = median(rates[0]), rates[1]
    name = f"e-license: verify among {rows:,} licences"
    figures.add(name, *(each / few for each in many), peer="among 10,000", at_least=0.9)

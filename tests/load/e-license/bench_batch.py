"""Verify 1,000 at once ÷ a bare `= ANY` of their rows: `pytest -s tests/load/e-license/bench_batch.py`.

The peer reads the rows by one statement, prepared once, on a connection that it holds. Verified is by the use case, in
this process: the rows with their decisions, each signature and each field compared, and a record of each use.
"""

import time

import asyncpg
import pytest
from pingshan_e_license.domain.verification.conclusion import Result
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.verification.verify_licenses import VerifyLicenses, verify_licenses
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.load.figures import Figures
from tests.support.platform import TestPlatform

LICENCES, ROUNDS = 1_000, 5
GOAL = 0.5


@pytest.fixture(scope="module")
async def identifiers(running: RunningService) -> list[str]:
    issued = [await issue_license(running.given, issuer_of("amr"), issue_permit(f"Q{n}")) for n in range(LICENCES)]
    return [each.license.identifier for each in issued]


async def test_a_batch_against_a_bare_fetch(
    platform: TestPlatform, running: RunningService, identifiers: list[str], figures: Figures
) -> None:
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    held = await asyncpg.connect(url.render_as_string(hide_password=False))
    prepared = await held.prepare("SELECT * FROM license WHERE identifier = ANY($1)")
    officer, ratios = issuer_of("amr"), []
    for number in range(ROUNDS + 1):
        begun = time.perf_counter()
        rows = await prepared.fetch(identifiers)
        bare = time.perf_counter() - begun
        begun = time.perf_counter()
        answers = await verify_licenses(running.given, officer, VerifyLicenses(identifiers, "压力测试"))
        verified = time.perf_counter() - begun
        assert len(rows) == LICENCES
        assert all(each.result is Result.VALID for each in answers)
        print(f"\nbare {bare * 1e3:.0f} ms, verified {verified * 1e3:.0f} ms, ratio {bare / verified:.2f}", end="")
        if number:
            ratios.append(bare / verified)
    await held.close()
    peer = "a bare = ANY of 1,000 on a held connection"
    figures.add("e-license: verify a batch of 1,000", *ratios, peer=peer, at_least=GOAL)

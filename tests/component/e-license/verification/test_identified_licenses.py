"""Verifications share a statement: each is told what it would be told alone, and is recorded."""

import asyncio
from itertools import chain
from uuid import uuid4

import asyncpg
from pingshan_e_license.domain.verification.conclusion import Result
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_kit.storage.tables import record
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")
UNKNOWN = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.NOBODY.001.1"


async def _issued(given: Dependencies, count: int) -> list[str]:
    issued = [await issue_license(given, AMR, issue_permit(f"S{uuid4().hex[:8].upper()}")) for _ in range(count)]
    first = issued[0].license
    await revoke_license(given, AMR, RevokeLicense(uuid4(), first.license_id, "停业", "食品安全法"))
    return [each.license.identifier for each in issued]


async def test_together_as_alone(given: Dependencies) -> None:
    identifiers = [*await _issued(given, 12), UNKNOWN, ""]
    asked = list(chain.from_iterable([identifiers, reversed(identifiers), identifiers[::3]]))
    together = await asyncio.gather(*(given.identified.get(each) for each in asked))
    alone = [(await given.identified.get_all([each])).get(each) for each in asked]
    assert together == alone
    assert {len(each.decisions) for each in together if each is not None} == {1, 2}
    assert [each is None for each in together] == [each in {UNKNOWN, ""} for each in asked]


async def test_each_verification_is_recorded_once(given: Dependencies) -> None:
    identifiers = await _issued(given, 5)
    purpose = f"核对 {uuid4()}"
    asked = [VerifyLicense(identifiers[number % 5], purpose) for number in range(60)]
    answers = await asyncio.gather(*(verify_license(given, AMR, each) for each in asked))
    assert [each.result for each in answers[:5]] == [Result.NOT_VALID, *[Result.VALID] * 4]
    query = select(record.c.subject, func.count()).where(record.c.details["purpose"].astext == purpose)
    async with given.database.read() as tx:
        counted = dict(tuple(row) for row in await tx.execute(query.group_by(record.c.subject)))
    assert sorted(counted.values()) == [12] * 5


async def test_a_locked_record_keeps_nobody_waiting_for_the_lane(given: Dependencies, platform: TestPlatform) -> None:
    """Who meets a lock goes the ordinary way, and is answered when the lock is gone; the others are not held up."""
    [identifier, *_] = await _issued(given, 2)
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    admin = await asyncpg.connect(url.render_as_string(hide_password=False))
    async with admin.transaction():
        await admin.execute("LOCK TABLE record IN SHARE ROW EXCLUSIVE MODE")
        waits = asyncio.create_task(verify_license(given, AMR, VerifyLicense(identifier, "核对")))
        await asyncio.sleep(0.3)
        assert not waits.done()
        assert await given.identified.get(identifier) is not None
    assert (await waits).result is Result.NOT_VALID
    await admin.close()

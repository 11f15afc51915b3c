"""One licence, one event: whatever dies, and however many ask at once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import nats
import pytest
from nats.js.errors import NotFoundError
from pingshan_e_license.domain.errors import AlreadyRevoked, SerialTaken
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.catalogue.list_agencies import list_agencies
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_kit import clock
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.tables import event_log, outbox
from sqlalchemy import func, select, text

from tests.support.e_license.orders import COMPANY_CODE, PERMIT, issue_permit, issuer_of
from tests.support.platform import TestPlatform

ROOT = Path(__file__).parents[3]
AMR = issuer_of("amr")


async def issue(given: Dependencies, command: IssueLicense) -> str:
    issued = await issue_license(given, AMR, command)
    return str(issued.license.license_id)


async def published(platform: TestPlatform, license_id: str) -> list[str]:
    """Event ids in the stream that speak of the licence."""
    connection = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    stream = connection.jetstream()
    last = (await stream.stream_info("E_LICENSE")).state.last_seq
    found = []
    for number in range(1, last + 1):
        try:
            message = await stream.get_msg("E_LICENSE", number)
        except NotFoundError:
            continue
        content = json.loads(message.data or b"{}")
        if content["aggregate_id"] == license_id:
            found.append(content["event_id"])
    await connection.close()
    return found


async def until_published(given: Dependencies, license_id: str) -> None:
    """The relay moves a row to the event log once NATS has acknowledged it."""
    query = select(func.count()).select_from(event_log).where(event_log.c.aggregate_id == license_id)
    async with asyncio.timeout(20):
        while True:
            async with given.database.read() as tx:
                if await tx.scalar(query):
                    return
            await asyncio.sleep(0.1)


async def test_killed_between_commit_and_publish(platform: TestPlatform, given: Dependencies) -> None:
    environment = os.environ | platform.service("e-license").environment | {"PYTHONPATH": str(ROOT)}
    script = Path(__file__).with_name("issue_and_die.py")
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, str(script), "K1"], env=environment, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    async with given.database.read() as tx:
        serial = text("SELECT license_id::text FROM license WHERE serial_number = 'K1'")
        license_id = (await tx.execute(serial)).scalar_one()
        assert await tx.scalar(select(func.count()).select_from(outbox).where(outbox.c.aggregate_id == license_id)) == 1
    assert await published(platform, license_id) == []

    running = await asyncio.to_thread(platform.start, "e-license")
    await until_published(given, license_id)
    running.kill()
    await asyncio.to_thread(running.start)
    assert len(await published(platform, license_id)) == 1


async def test_two_at_once_for_one_serial_number(given: Dependencies) -> None:
    commands = [issue_permit("K2", attributes=PERMIT | {"premises": f"坪山大道 {number} 号"}) for number in range(8)]
    results = await asyncio.gather(*(issue(given, command) for command in commands), return_exceptions=True)
    assert [type(each) for each in results if not isinstance(each, str)] == [SerialTaken] * 7
    async with given.database.read() as tx:
        count = text("SELECT count(*) FROM license WHERE serial_number = 'K2'")
        assert (await tx.execute(count)).scalar_one() == 1


async def test_the_same_order_at_once_is_one_licence(given: Dependencies) -> None:
    results = await asyncio.gather(*(issue(given, issue_permit("K3")) for _ in range(8)))
    assert len(set(results)) == 1
    async with given.database.read() as tx:
        events = select(func.count()).select_from(outbox).where(outbox.c.aggregate_id == results[0])
        moved = select(func.count()).select_from(event_log).where(event_log.c.aggregate_id == results[0])
        assert (await tx.scalar(events) or 0) + (await tx.scalar(moved) or 0) == 1


async def test_two_revocations_at_once_are_one(given: Dependencies) -> None:
    license_id = await issue(given, issue_permit("K4"))

    async def revoke() -> None:
        await revoke_license(
            given, AMR, RevokeLicense(uuid4(), UUID(license_id), "提供虚假材料", "行政许可法 第六十九条")
        )

    results = await asyncio.gather(revoke(), revoke(), revoke(), return_exceptions=True)
    assert sorted(str(type(each)) for each in results) == sorted([str(type(None)), *[str(AlreadyRevoked)] * 2])


async def test_a_prerequisite_cannot_vanish_under_an_issue(given: Dependencies) -> None:
    """The business licence is locked while the permit is issued: its revocation waits, and comes after."""
    async with given.database.begin() as issuing:
        [held] = await licenses.held(issuing, given.personal, COMPANY_CODE, ["business-licence"])
        assert held.is_valid_on(clock.today())
        with pytest.raises(Unavailable) as refused:
            await _try_to_revoke(given)
        assert "lock timeout" in str(refused.value.__cause__)


async def _try_to_revoke(given: Dependencies) -> None:
    async with given.database.begin() as tx:
        await tx.execute(text("SET LOCAL lock_timeout = '200ms'"))
        await tx.execute(text("UPDATE license SET standing = 'revoked' WHERE type = 'business-licence'"))


async def test_identity_away_leaves_codes_in_place_of_names(platform: TestPlatform, given: Dependencies) -> None:
    """Nobody listens where identity should be: the catalogue still opens, and the second page does not wait."""
    agencies = await list_agencies(given)
    assert agencies["amr"].zh == "amr"
    async with asyncio.timeout(1):
        await list_agencies(given)

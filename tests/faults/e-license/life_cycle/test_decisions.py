"""Decisions that are killed, that meet each other, or that find a table locked: each is done once or not at all."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from pingshan_e_license.domain.errors import (
    LicenseFinal,
    LicenseSuperseded,
    LicenseSuspended,
    PrerequisiteMissing,
    TransitionRefused,
)
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import Act, LicenseOfType
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license
from pingshan_kit import clock
from pingshan_values.credit_code import is_credit_code
from sqlalchemy import text

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService, run_e_license
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

ROOT = Path(__file__).parents[4]
AMR = issuer_of("amr")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GROUNDS = {"reason": "限期整改", "legal_basis": "食品安全法 第一百二十六条"}


def somebody() -> Holder:
    """A holder who has no licence yet."""
    begin = f"91440310TEXT{uuid4().int % 10**5:05d}"
    return Holder("某单位", next(begin + each for each in LETTERS if is_credit_code(begin + each)), "001")


async def business(given: Dependencies, holder: Holder) -> UUID:
    order = IssueLicense(
        request_id=uuid4(),
        type="business-licence",
        serial_number=f"F{uuid4().int % 10**12}",
        holder=holder,
        attributes={
            "name": "某单位",
            "entity_type": "有限责任公司",
            "legal_representative": "王小满",
            "registered_capital": 500000,
            "established_on": "2024-03-15",
            "business_scope": "餐饮服务。",
            "domicile": "坪山大道2007号",
            "unified_social_credit_code": holder.code,
        },
        effective_on=clock.today(),
        expires_on=clock.today() + timedelta(days=400),
    )
    return (await issue_license(given, AMR, order)).license.license_id


async def permit(given: Dependencies, holder: Holder) -> UUID:
    order = issue_permit(f"F{uuid4().int % 10**12}", holder=holder)
    return (await issue_license(given, AMR, order)).license.license_id


def decision(license_id: UUID, act: Act) -> DecideLicense:
    return DecideLicense(uuid4(), license_id, act, **GROUNDS)


async def state(given: Dependencies, license_id: UUID) -> tuple[str, int, int, int]:
    """Standing, and how many transitions, flags that it raised, and events of changes there are."""
    query = text(
        "SELECT standing, (SELECT count(*) FROM license_transition t WHERE t.license_id = l.license_id),"
        " (SELECT count(*) FROM license_flag f WHERE f.cause_id = l.license_id AND lifted_at IS NULL),"
        " (SELECT count(*) FROM outbox o WHERE o.aggregate_id = l.license_id::text"
        " AND subject = 'e-license.license.changed.v1') FROM license l WHERE license_id = :id"
    )
    async with given.database.read() as tx:
        row = (await tx.execute(query, {"id": license_id})).one()
    return row[0], row[1], row[2], row[3]


@pytest.mark.parametrize(("where", "expected"), [("within", ("valid", 1, 0, 0)), ("after", ("suspended", 2, 1, 1))])
async def test_killed(
    platform: TestPlatform, given: Dependencies, where: str, expected: tuple[str, int, int, int]
) -> None:
    holder = somebody()
    ground = await business(given, holder)
    await permit(given, holder)
    environment = os.environ | platform.service("e-license").environment | {"PYTHONPATH": str(ROOT)}
    script = Path(__file__).with_name("suspend_and_die.py")
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, str(script), str(ground), where], env=environment, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert await state(given, ground) == expected
    act = Act.SUSPEND if where == "within" else Act.RESUME
    await decide_license(given, AMR, decision(ground, act))


async def test_acts_on_ground_and_dependant_never_wait_in_a_circle(given: Dependencies) -> None:
    """Suspending locks what stands on the licence, renewing what it stands on, issuing the prerequisites."""
    holder = somebody()
    ground, dependants = await business(given, holder), [await permit(given, holder) for _ in range(4)]

    async def tried(act: Act, license_id: UUID) -> LicenseOfType | None:
        expected = (LicenseSuspended, LicenseSuperseded, LicenseFinal, TransitionRefused, PrerequisiteMissing)
        try:
            if act is Act.ISSUE:
                order = issue_permit(f"F{uuid4().int % 10**12}", holder=holder)
                return await issue_license(given, AMR, order)
            if act is Act.RENEW:
                return await renew_license(given, AMR, RenewLicense(uuid4(), license_id, act, Wish(), **GROUNDS))
            return await decide_license(given, AMR, decision(license_id, act))
        except expected:
            return None

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(tried(act, ground) for act in (Act.SUSPEND, Act.RESUME, Act.SUSPEND, Act.RESUME)),
            *(tried(Act.RENEW, each) for each in dependants),
            *(tried(Act.CANCEL, each) for each in dependants[:2]),
            *(tried(Act.ISSUE, each) for each in dependants),
        )
    unequal = text(
        "SELECT count(*) FROM license l WHERE is_flagged <> EXISTS (SELECT FROM license_flag f"
        " WHERE f.license_id = l.license_id AND lifted_at IS NULL)"
    )
    in_force = text(
        "SELECT count(*) FROM (SELECT FROM license WHERE standing <> 'superseded'"
        " GROUP BY type, serial_number HAVING count(*) > 1) AS twice"
    )
    async with given.database.read() as tx:
        assert (await tx.execute(unequal)).scalar_one() == 0
        assert (await tx.execute(in_force)).scalar_one() == 0


@pytest.fixture(scope="module")
async def running(platform: TestPlatform) -> AsyncIterator[RunningService]:
    async with run_e_license(platform, database_lock_timeout=0.5) as service:
        yield service


@pytest.mark.parametrize("table", ["license", "license_transition", "license_flag", "record", "outbox", "command"])
async def test_a_locked_table_refuses_and_leaves_nothing_half_done(
    platform: TestPlatform, running: RunningService, given: Dependencies, identity_tokens: TokenIssuer, table: str
) -> None:
    holder = somebody()
    ground = await business(given, holder)
    await permit(given, holder)
    amr = identity_tokens.bearer("e-license", "issuer", org="amr") | {"Idempotency-Key": str(uuid4())}
    async with running.http(amr) as client:
        address = f"/v1/licenses/{ground}/suspension"
        administrator = await asyncpg.connect(platform.database_admin_url("e-license"))
        async with administrator.transaction():
            await administrator.execute(f"LOCK TABLE {table} IN SHARE MODE")
            refused = await client.post(address, json=GROUNDS)
        await administrator.close()
        assert (refused.status_code, refused.json()["code"]) == (503, "PLATFORM_UNAVAILABLE")
        assert await state(given, ground) == ("valid", 1, 0, 0)
        assert (await client.post(address, json=GROUNDS)).json()["state"] == "suspended"
        assert (await client.post(address, json=GROUNDS)).json()["state"] == "suspended"
    assert await state(given, ground) == ("suspended", 2, 1, 1)

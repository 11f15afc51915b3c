"""Tables that somebody holds locked: whoever asks is told to try again, and nothing is half done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import grpc
import pytest
from pingshan.e_license.v1 import license_pb2, verification_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan.e_license.v1.verification_pb2_grpc import VerificationServiceStub
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_kit.storage.tables import outbox, record
from sqlalchemy import func, select, text

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, issuer_of
from tests.support.e_license.service import RunningService, run_e_license
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

ORDER = {
    "type": "food-business-permit",
    "serial_number": "LOCK1",
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "attributes": PERMIT,
}
GROUNDS = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}


@pytest.fixture(scope="module")
async def running(platform: TestPlatform) -> AsyncIterator[RunningService]:
    async with run_e_license(platform, database_lock_timeout=0.5) as service:
        yield service


@asynccontextmanager
async def locked(platform: TestPlatform, table: str, mode: str) -> AsyncIterator[None]:
    """By an administrator, as a maintenance job would."""
    holder = await asyncpg.connect(platform.database_admin_url("e-license"))
    async with holder.transaction():
        await holder.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
    await holder.close()


async def kept(given: Dependencies, license_id: str) -> tuple[list[str], int]:
    """Acts on record of a licence, and how many events tell of it."""
    async with given.database.read() as tx:
        acts = (
            await tx.execute(select(record.c.act).where(record.c.subject == license_id).order_by(record.c.id))
        ).all()
        told = select(func.count()).select_from(outbox).where(outbox.c.aggregate_id == license_id)
        return [each.act for each in acts], (await tx.execute(told)).scalar_one()


@pytest.mark.parametrize(
    ("table", "mode"),
    [
        ("license", "ACCESS EXCLUSIVE"),
        ("license_transition", "SHARE"),
        ("record", "SHARE"),
        ("outbox", "SHARE"),
        ("command", "SHARE"),
    ],
)
async def test_an_issue_is_done_once_or_not_at_all(
    platform: TestPlatform,
    running: RunningService,
    given: Dependencies,
    identity_tokens: TokenIssuer,
    table: str,
    mode: str,
) -> None:
    order = ORDER | {"serial_number": f"LOCK{table}".upper().replace("_", "")}
    amr = identity_tokens.bearer("e-license", "issuer", org="amr") | {"Idempotency-Key": str(uuid4())}
    async with running.http(amr) as client:
        async with locked(platform, table, mode):
            refused = await client.post("/v1/licenses", json=order)
        assert (refused.status_code, refused.json()["code"]) == (503, "PLATFORM_UNAVAILABLE")
        async with given.database.read() as tx:
            query = text("SELECT count(*) FROM license WHERE serial_number = :serial")
            assert (await tx.execute(query, {"serial": order["serial_number"]})).scalar_one() == 0
        issued = await client.post("/v1/licenses", json=order)
        assert issued.status_code == 201
        assert (await client.post("/v1/licenses", json=order)).json() == issued.json()
    assert await kept(given, issued.json()["license_id"]) == (["license.issued"], 1)


async def test_reads_and_a_revocation_are_refused_and_go_on_afterwards(
    platform: TestPlatform,
    running: RunningService,
    given: Dependencies,
    anybody: grpc.aio.Channel,
    identity_tokens: TokenIssuer,
) -> None:
    amr = identity_tokens.bearer("e-license", "issuer", org="amr")
    async with running.http(amr) as client, running.pages(issuer_of("amr")) as browser:
        key = {"Idempotency-Key": str(uuid4())}
        issued = (await client.post("/v1/licenses", json=ORDER, headers=key)).json()
        address = f"/v1/licenses/{issued['license_id']}"
        question = {"identifier": issued["identifier"], "purpose": "现场检查"}
        token = [("authorization", amr["Authorization"])]
        revoke = {"Idempotency-Key": str(uuid4())}
        await browser.get("/verify")
        async with locked(platform, "license", "ACCESS EXCLUSIVE"):
            answers = [
                await client.get(address),
                await client.post(f"{address}/reveal"),
                await client.post("/v1/licenses/search", json={}),
                await client.post("/v1/verifications", json=question),
                await client.post(f"{address}/revocation", json=GROUNDS, headers=revoke),
                await browser.get(f"/licenses/{issued['license_id']}"),
                await browser.get("/workspace"),
            ]
            for call in (
                LicenseServiceStub(anybody).GetLicense(
                    license_pb2.GetLicenseRequest(license_id=issued["license_id"]), metadata=token
                ),
                VerificationServiceStub(anybody).VerifyLicense(
                    verification_pb2.VerifyLicenseRequest(**question), metadata=token
                ),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as error:
                    await call
                assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        assert [each.status_code for each in answers] == [503] * 7
        assert await kept(given, issued["license_id"]) == (["license.issued"], 1)
        async with locked(platform, "record", "SHARE"):
            hidden = await client.post(f"{address}/reveal")
            unsaid = await client.post("/v1/verifications", json=question)
        assert (hidden.status_code, unsaid.status_code) == (503, 503)
        assert "王小满" not in hidden.text
        assert (await client.post(f"{address}/revocation", json=GROUNDS, headers=revoke)).json()["state"] == "revoked"
    assert await kept(given, issued["license_id"]) == (["license.issued", "license.revoked"], 2)
    assert UUID(issued["license_id"])

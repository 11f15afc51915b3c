"""A database that hangs: whoever verifies is told within three seconds that nothing is known, and may try again."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import asyncpg
import grpc
import pytest
from pingshan.e_license.v1 import verification_pb2
from pingshan.e_license.v1.verification_pb2_grpc import VerificationServiceStub
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issuer_of
from tests.support.e_license.service import RunningService
from tests.support.kit.service import eventually
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

IDENTIFIER = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.C"
ASKED = {"identifier": IDENTIFIER, "purpose": "现场检查"}
CODE = "E_LICENSE_VERIFICATION_UNANSWERED"


@pytest.fixture
async def locked(
    request: pytest.FixtureRequest, platform: TestPlatform, running: RunningService
) -> AsyncIterator[None]:
    """Somebody holds the table that verifications read, or the one that keeps their record."""
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    admin = await asyncpg.connect(url.render_as_string(hide_password=False))
    transaction = admin.transaction()
    await transaction.start()
    await admin.execute(f"LOCK TABLE {request.param} IN ACCESS EXCLUSIVE MODE")
    yield
    await transaction.rollback()
    await admin.close()


@pytest.mark.parametrize("locked", ["license", "record", "issuer_key"], indirect=True)
async def test_each_way_in_answers_in_time(running: RunningService, locked: None, identity_tokens: TokenIssuer) -> None:
    running.given.keys._looked_at = float("-inf")  # noqa: SLF001 - as a second later
    bearer = identity_tokens.bearer("e-license", "verifier", org="fire")
    async with running.http() as rest:
        for path, body, headers in (
            ("/v1/verifications", ASKED, bearer),
            ("/v1/public/verifications", {"identifier": IDENTIFIER}, {}),
        ):
            started = time.monotonic()
            answer = await rest.post(path, json=body, headers=headers)
            assert time.monotonic() - started < 3
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["code"]) == (503, CODE)
                assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("locked", ["license"], indirect=True)
async def test_it_is_a_503_that_keeps_the_form(running: RunningService, locked: None) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        await browser.get("/verify")
        started = time.monotonic()
        answer = await browser.post("/verify", **ASKED)
        assert time.monotonic() - started < 3
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "没有核验出结果" in answer.text
        assert f'value="{IDENTIFIER}"' in answer.text
        assert 'value="现场检查"' in answer.text
    async with running.pages() as browser:
        answer = await browser.get(f"/public/verify?identifier={IDENTIFIER}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("locked", ["license"], indirect=True)
async def test_rest_and_grpc_say_so(
    running: RunningService, locked: None, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer
) -> None:
    bearer = identity_tokens.bearer("e-license", "verifier", org="fire")
    async with running.http() as rest:
        for language, word in (("zh-Hans", "没有核验出结果"), ("en", "The register did not answer")):
            answer = await rest.post("/v1/verifications", json=ASKED, headers=bearer | {"Accept-Language": language})
            assert (answer.status_code, answer.json()["code"]) == (503, CODE)
            assert word in answer.json()["detail"]
    started = time.monotonic()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await VerificationServiceStub(anybody).VerifyLicense(
            verification_pb2.VerifyLicenseRequest(**ASKED), metadata=[("authorization", bearer["Authorization"])]
        )
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert time.monotonic() - started < 3


async def test_a_server_that_stands_still(
    platform: TestPlatform, running: RunningService, identity_tokens: TokenIssuer
) -> None:
    """Its processes are stopped in the middle of whatever they do; afterwards verifications go on as before."""
    bearer = identity_tokens.bearer("e-license", "verifier", org="fire")
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    admin = await asyncpg.connect(url.render_as_string(hide_password=False))
    own = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%runtime'"
    async with running.http(bearer) as rest:
        assert (await rest.post("/v1/verifications", json=ASKED)).status_code == 200
        await asyncio.sleep(1.1)  # so that keys are looked for as well
        pids = [row["pid"] for row in await admin.fetch(own)]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            answer = await rest.post("/v1/verifications", json=ASKED)
            assert time.monotonic() - started < 3
            assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

        async def status() -> int:
            return (await rest.post("/v1/verifications", json=ASKED)).status_code

        await eventually(status, 200, seconds=20)
    await admin.close()

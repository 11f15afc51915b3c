"""A pool with one connection: acts at the same time wait for each other, and none waits for itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT
from tests.support.e_license.service import RunningService, run_e_license
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

GROUNDS = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}


@pytest.fixture(scope="module")
async def running(platform: TestPlatform) -> AsyncIterator[RunningService]:
    pool: dict[str, Any] = {"database_pool_size": 1, "database_pool_overflow": 0, "database_pool_wait": 20}
    async with run_e_license(platform, **pool) as service:
        yield service


async def test_every_act_needs_one_connection(running: RunningService, identity_tokens: TokenIssuer) -> None:
    amr = identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")
    async with running.http(amr) as client:

        async def life(number: int) -> list[int]:
            order = {
                "type": "food-business-permit",
                "serial_number": f"POOL{number}",
                "holder_name": COMPANY_NAME,
                "holder_code": COMPANY_CODE,
                "holder_code_type": "001",
                "attributes": PERMIT,
            }
            issued = await client.post("/v1/licenses", json=order, headers={"Idempotency-Key": str(uuid4())})
            licence = issued.json()
            address = f"/v1/licenses/{licence['license_id']}"
            question = {"identifier": licence["identifier"], "purpose": "现场检查"}
            once = {"Idempotency-Key": str(uuid4())}
            answers = [
                await client.get(address),
                await client.post(f"{address}/reveal"),
                await client.post("/v1/licenses/search", json={"holder_code": COMPANY_CODE}),
                await client.post("/v1/verifications", json=question),
                await client.post(f"{address}/revocation", json=GROUNDS, headers=once),
            ]
            return [issued.status_code, *(each.status_code for each in answers)]

        found = await asyncio.gather(*(life(number) for number in range(8)))
    assert found == [[201, 200, 200, 200, 200, 200]] * 8

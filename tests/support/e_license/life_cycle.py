"""Licences to decide on, and decisions on them, for the tests of their life cycle."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_kit import clock

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, issue_permit, issuer_of

GROUNDS = {"reason": "限期整改", "legal_basis": "食品安全法 第一百二十六条"}
AMR = issuer_of("amr")
BUSINESS: dict[str, Any] = {
    "name": COMPANY_NAME,
    "entity_type": "有限责任公司",
    "legal_representative": "王小满",
    "registered_capital": 500000,
    "established_on": "2024-03-15",
    "business_scope": "餐饮服务；食品销售。",
    "domicile": "坪山大道2007号",
    "unified_social_credit_code": COMPANY_CODE,
}


def serial() -> str:
    return f"D{uuid4().int % 10**12}"


async def permit(given: Dependencies, **changed: Any) -> str:
    issued = await issue_license(given, AMR, issue_permit(serial(), **changed))
    return str(issued.license.license_id)


async def business(given: Dependencies, code: str) -> str:
    """A business licence for another holder, which its permits stand on."""
    order = IssueLicense(
        request_id=uuid4(),
        type="business-licence",
        serial_number=serial(),
        holder=Holder("某单位", code, "001"),
        attributes=BUSINESS | {"unified_social_credit_code": code},
        effective_on=clock.today(),
        expires_on=clock.today() + timedelta(days=400),
    )
    return str((await issue_license(given, AMR, order)).license.license_id)


def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def act(client: httpx.AsyncClient, license_id: str, noun: str, **more: Any) -> httpx.Response:
    return await client.post(f"/v1/licenses/{license_id}/{noun}", json=GROUNDS | more, headers=once())

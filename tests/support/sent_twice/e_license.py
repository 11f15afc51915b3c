"""Forms of e-license."""

import re
from uuid import uuid4

from tests.support.e_license.foreign_files import ForeignOfd
from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME
from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Case, Form

NEW = "/workspace/issue/food-business-permit"
_PERMIT = {
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "effective_on": "",
    "attributes.operator_name": COMPANY_NAME,
    "attributes.unified_social_credit_code": COMPANY_CODE,
    "attributes.legal_representative": "王小满",
    "attributes.premises": "坪山大道2007号",
    "attributes.business_form": "餐饮服务经营者",
    "attributes.business_items": "热食类食品制售\n冷食类食品制售",
}


async def issue(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get(NEW)
    return Form(browser, NEW, _PERMIT | {"serial_number": f"W{uuid4().int % 10**8}"})


async def _issued(attacked: Attacked) -> tuple[Form, str]:
    """The form of a licence that was issued just now, and the licence's page, which is shown."""
    form = await issue(attacked)
    address = (await form.send()).headers["location"].partition("?")[0]
    await form.browser.get(address)
    return form, address


async def reveal(attacked: Attacked) -> Form:
    form, address = await _issued(attacked)
    return Form(form.browser, f"{address}/reveal")


async def revoke(attacked: Attacked) -> Form:
    form, address = await _issued(attacked)
    reason = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}
    return Form(form.browser, f"{address}/revoke", reason)


async def verify(attacked: Attacked) -> Form:
    form, _ = await _issued(attacked)
    found = re.search(r'data-copy="([^"]+)"', form.browser.html)
    assert found
    await form.browser.get("/verify")
    return Form(form.browser, "/verify", {"identifier": found[1], "purpose": "现场检查"})


async def verify_file(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get("/verify/file")
    return Form(browser, "/verify/file", {"purpose": "现场检查"}, files={"file": ("a.ofd", ForeignOfd().built())})


async def search(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get("/workspace")
    return Form(browser, "/workspace", {"holder_code": COMPANY_CODE})


CASES = (
    Case("/workspace/issue/{code}", issue),
    Case("/licenses/{license_id}/reveal", reveal),
    Case("/licenses/{license_id}/revoke", revoke),
    Case("/verify", verify),
    Case("/verify/file", verify_file),
    Case("/workspace", search, writes=False),
)

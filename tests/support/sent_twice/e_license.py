"""Forms of e-license."""

import json
import re
from collections.abc import Mapping
from uuid import uuid4

from pingshan_identity.domain.realm import Realm
from pingshan_kit import clock

from tests.support.e_license.bulk import ROW, sheet
from tests.support.e_license.foreign_files import ForeignOfd
from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME
from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Begin, Case, Form
from tests.support.workflow.browser import Browser

NEW = "/workspace/issue/food-business-permit"
_GROUNDS = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}
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


def decides(slug: str) -> Begin:
    """The form of one decision on a licence that was issued just now; the page of the decision is shown."""

    async def begin(attacked: Attacked) -> Form:
        form, address = await _issued(attacked)
        await form.browser.get(f"{address}/{slug}")
        return Form(form.browser, f"{address}/{slug}", _GROUNDS)

    return begin


revoke = decides("revoke")


async def resume(attacked: Attacked) -> Form:
    suspended = await decides("suspend")(attacked)
    return await _after(suspended, "resume", _GROUNDS)


async def restore(attacked: Attacked) -> Form:
    return await _after(await revoke(attacked), "restore", _GROUNDS | {"decision_number": "深坪府行复〔2026〕12号"})


async def _after(decision: Form, slug: str, fields: Mapping[str, str]) -> Form:
    """The form of a decision that follows on another one, which is sent first."""
    await decision.send()
    address = f"{decision.action.rpartition('/')[0]}/{slug}"
    await decision.browser.get(address)
    return Form(decision.browser, address, fields)


def makes_version(slug: str) -> Begin:
    """The form of a licence's next version, with its attributes as they were."""

    async def begin(attacked: Attacked) -> Form:
        form, address = await _issued(attacked)
        await form.browser.get(f"{address}/{slug}")
        kept = {name: value for name, value in _PERMIT.items() if name.startswith("attributes.")}
        return Form(form.browser, f"{address}/{slug}", kept | _GROUNDS)

    return begin


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


async def verify_publicly(attacked: Attacked) -> Form:
    form, _ = await _issued(attacked)
    found = re.search(r'data-copy="([^"]+)"', form.browser.html)
    assert found
    await form.browser.get("/public/verify")
    await Form(form.browser, "/public/verify", {"identifier": found[1]}).send()  # from here on its budgets have rows
    await form.browser.get("/public/verify")
    return Form(form.browser, "/public/verify", {"identifier": found[1]})


async def verify_batch(attacked: Attacked) -> Form:
    form, _ = await _issued(attacked)
    found = re.search(r'data-copy="([^"]+)"', form.browser.html)
    assert found
    await form.browser.get("/verify/batch")
    file = ("licences.csv", f"电子证照标识\n{found[1]}\n".encode("gb18030"))
    return Form(form.browser, "/verify/batch", {"purpose": "年检"}, {"sheet": file})


async def upload_bulk_issue(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get("/workspace/bulk")
    file = ("permits.csv", sheet([ROW | {"流水号": f"W{uuid4().int % 10**8}"}]).read())
    return Form(browser, "/workspace/bulk", {"type": "food-business-permit"}, {"file": file})


def decides_bulk_issue(slug: str) -> Begin:
    """The form of a decision on a file that was uploaded and checked."""

    async def begin(attacked: Attacked) -> Form:
        form = await upload_bulk_issue(attacked)
        address = (await form.send()).headers["location"]
        checked = "UPDATE bulk_issue SET state = 'checked', good = 1 WHERE bulk_issue_id = "
        await attacked.rows(f"{checked} '{address.rpartition('/')[2]}'")
        await form.browser.get(address)
        return Form(form.browser, f"{address}/{slug}")

    return begin


async def replace_key(attacked: Attacked) -> Form:
    browser, kid = await _signing_key(attacked)
    return Form(browser, f"/keys/{kid}/replace")


async def revoke_key(attacked: Attacked) -> Form:
    browser, kid = await _signing_key(attacked)
    return Form(browser, f"/keys/{kid}/revoke", {"reason": "superseded"})


async def _signing_key(attacked: Attacked) -> tuple[Browser, str]:
    """The page of the keys, and one that signs."""
    browser = await attacked.browser()
    await browser.get("/keys")
    found = re.search(r'action="/keys/([^/"]+)/replace"', browser.html)
    assert found
    return browser, found[1]


async def search(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get("/workspace")
    return Form(browser, "/workspace", {"holder_code": COMPANY_CODE})


async def _asked_for_consent(attacked: Attacked) -> tuple[Browser, str]:
    """A request for consent of the education bureau's system, on the page of its holder."""
    system = {"person": "education-system", "client_id": "education-system", "org": "education"}
    token = attacked.issuer.mint("e-license", "verifier", sid=None, **system)
    terms = {
        "item": "SI-15",
        "holder_code": COMPANY_CODE,
        "holder_code_type": "001",
        "purpose": "2027 年秋季学位",
        "predicates": ["is_dwelling"],
        "uses": 2,
        "expires_on": clock.today().isoformat(),
    }
    browser = await attacked.browser(realm=Realm.PUBLIC)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    asked = await browser.client.post("/v1/consents", json=terms, headers=headers)
    assert asked.status_code == 201, asked.text
    address = f"/mine/consents/{asked.json()['consent_id']}"
    await browser.get(address)
    return browser, address


async def grant(attacked: Attacked) -> Form:
    browser, address = await _asked_for_consent(attacked)
    return Form(browser, f"{address}/grant")


async def refuse(attacked: Attacked) -> Form:
    browser, address = await _asked_for_consent(attacked)
    return Form(browser, f"{address}/refuse")


async def withdraw(attacked: Attacked) -> Form:
    granted = await grant(attacked)
    address = (await granted.send()).headers["location"]
    await granted.browser.get(address)
    return Form(granted.browser, f"{address}/withdraw")


async def check_proof(attacked: Attacked) -> Form:
    """A proof document of another log, which is read and not believed."""
    browser = await attacked.browser()
    await browser.get("/log")
    leaf = {"commitment": "AA", "entry_id": "1", "kind": "license.issued", "recorded_at": "2026-11-30T00:00:00Z"}
    document = {"leaf": leaf, "index": 0, "proof": [], "checkpoint": "nothing"}
    return Form(browser, "/log", {"document": json.dumps(document)})


CASES = (
    Case("/workspace/issue/{code}", issue),
    Case("/licenses/{license_id}/reveal", reveal),
    *(
        Case(f"/licenses/{{license_id}}/{slug}", decides(slug))
        for slug in ("suspend", "revoke", "rescind", "cancel", "lapse", "transfer-out")
    ),
    Case("/licenses/{license_id}/resume", resume),
    Case("/licenses/{license_id}/restore", restore),
    *(Case(f"/licenses/{{license_id}}/{slug}", makes_version(slug)) for slug in ("renew", "change", "correct")),
    Case("/workspace/bulk", upload_bulk_issue),
    *(Case(f"/workspace/bulk/{{bulk_issue_id:uuid}}/{slug}", decides_bulk_issue(slug)) for slug in ("start", "cancel")),
    Case("/verify", verify),
    Case("/verify/file", verify_file),
    Case("/verify/batch", verify_batch),
    Case("/public/verify", verify_publicly),
    Case("/keys/{kid}/replace", replace_key),
    Case("/keys/{kid}/revoke", revoke_key),
    Case("/workspace", search, writes=False),
    Case("/mine/consents/{consent_id}/grant", grant),
    Case("/mine/consents/{consent_id}/refuse", refuse),
    Case("/mine/consents/{consent_id}/withdraw", withdraw),
    Case("/log", check_proof, writes=False),
)

"""A clerk files a restaurant for a company; four departments decide; the permit is issued and verified elsewhere."""

import re
import time

from pingshan_tools.demo.browser import Page, Stuck
from pingshan_tools.demo.stage import Stage

COMPANY = "深圳市坪山区小满餐饮有限公司"
COMPANY_CODE = "91440310TEXT10001K"
_MATTER = "restaurant-opening"
_DEPARTMENTS = {"food-permit": "amr01", "shop-sign": "urban01", "fire-check": "fire01", "drainage-permit": "water01"}
_FORM = {
    "applicant_name": COMPANY,
    "applicant_code": COMPANY_CODE,
    "agent_name": "王小满",
    "agent_mobile": "13800000001",
    "form.shop_name": "小满面馆",
    "form.premises": "坪山街道东纵路 88 号 101",
    "form.area": "120",
    "form.legal_representative": "王小满",
    "form.business_items": "热食类食品制售",
    "form.dine_in": "yes",
    "form.fire_method": "visit",
    "form.shop_sign": "yes",
    "form.sign_area": "6",
    "form.has_kitchen": "yes",
    "form.outlet_count": "2",
}


def file_application(stage: Stage) -> dict[str, str]:
    """Signs the clerk in once, looks into another system without signing in again, and files."""
    clerk = "window01"
    page = stage.open(clerk, "workflow", f"/matters/{_MATTER}/apply")
    licences = stage.browser(clerk).open(stage.url("e-license", "/verify"))
    if "/verify" not in licences.url:
        raise Stuck(f"the clerk was asked to sign in a second time at {licences.url}")
    check = stage.submit(clerk, page, f"/matters/{_MATTER}/check", _FORM)
    request = {"request_id": str(stage.uuid("filing"))}
    receipt = stage.submit(clerk, check, f"/matters/{_MATTER}/submit", request)
    found = re.search(r"/cases/([0-9]{4}-[0-9]+)", receipt.url)
    if not found:
        raise Stuck(f"no receipt at {receipt.url}")
    stage.say(f"办件 · case {found[1]}")
    return {"case_id": found[1], "case_page": stage.url("workflow", f"/cases/{found[1]}")}


def accept(stage: Stage) -> dict[str, str]:
    """Accepts as the lead department; the business licence is checked by data."""
    return _decide(stage, "acceptance", "amr01")


def decide_in_parallel(stage: Stage) -> dict[str, str]:
    """Decides as four departments, each in its own inbox."""
    for node, officer in _DEPARTMENTS.items():
        _decide(stage, node, officer)
    return {}


def issue(stage: Stage) -> dict[str, str]:
    """Waits for the licences, which arrive at e-license by themselves."""
    case_id = stage.done["filing"]["case_id"]
    case = _wait_for(stage, "window01", "workflow", f"/cases/{case_id}", "/licenses/")
    addresses = sorted({link for link in case.links if "/licenses/" in link})
    for address in addresses:
        licence = stage.open("amr01", "e-license", address.partition(stage.url("e-license", ""))[2])
        found = re.search(r"1\.2\.156\.3005\.2(?:\.[0-9A-Z]+){5}", licence.html)
        if found and "食品经营许可证" in licence.html:
            stage.say(f"食品经营许可证 · food permit {found[0]}")
            return {"license_page": address, "license_id": address.rpartition("/")[2], "identifier": found[0]}
    raise Stuck(f"no food permit among {addresses}")


def verify(stage: Stage) -> dict[str, str]:
    """Verifies the permit as another agency, by its identifier."""
    page = stage.open("health01", "e-license", "/verify")
    identifier = stage.done["issue"]["identifier"]
    answer = stage.submit("health01", page, "/verify", {"identifier": identifier, "purpose": "餐饮单位卫生检查"})
    if 'class="notice good"' not in answer.html:
        raise Stuck(f"{identifier} is not verified")
    stage.say("卫健局核验：真实有效 · the health bureau: authentic and valid")
    return {"verify_page": stage.url("e-license", "/verify")}


def _decide(stage: Stage, node: str, officer: str) -> dict[str, str]:
    task = f"{stage.done['filing']['case_id']}.{node}"
    _wait_for(stage, officer, "workflow", f"/inbox?node={node}", f"/tasks/{task}", or_decided=task)
    page = stage.open(officer, "workflow", f"/tasks/{task}")
    if not any(form.action.endswith("/confirm") for form in page.forms):
        stage.say(f"{officer} · {node} 已办 · already decided")
        return {}
    verdict = {"verdict": "approve", "comment": "符合条件"}
    confirm = stage.submit(officer, page, f"/tasks/{task}/confirm", verdict)
    stage.submit(officer, confirm, f"/tasks/{task}/decision", {"request_id": str(stage.uuid(node))})
    stage.say(f"{officer} · {node} 通过 · approved")
    return {}


def _wait_for(stage: Stage, who: str, service: str, path: str, link: str, *, or_decided: str = "") -> Page:
    """Returns the page once it has a link like this; what Temporal does arrives a moment later."""
    end = time.monotonic() + 90
    while True:
        page = stage.open(who, service, path)
        if any(link in address for address in page.links):
            return page
        if or_decided and stage.browser(who).open(stage.url(service, f"/tasks/{or_decided}")).status < 400:
            return page
        if time.monotonic() > end:
            raise Stuck(f"{page.url} shows no {link}")
        time.sleep(0.5)

"""A visitor gets online in 坪山中心公园, uses up the quota, is slowed down and told."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from pingshan_tools.demo.browser import Page, Stuck, patiently
from pingshan_tools.demo.stage import Stage

HOTSPOT = "PS-HS-057"
_CONTROLLER = "PS-NAS-04"
_QUOTA = 500 * 10**6


def come_online(stage: Stage) -> dict[str, str]:
    """Gets a visitor online: number, SMS code, one-time login at the controller, RADIUS accept and accounting start."""
    visitor = stage.browser("visitor")
    page = visitor.open(stage.simulator(f"/nas/{_CONTROLLER}/join?hotspot={HOTSPOT}&mac={_mac(stage)}"))
    if _device(stage)["online"]:
        return _online(stage, visitor.open(parse_qs(urlsplit(stage.done["hand-over"]["login"]).query)["userurl"][0]))
    page, code = _ask_for_code(stage, page)
    stage.say("短信验证码已收到 · the SMS code arrived")
    page = visitor.submit(page, "/code", {"code": code})
    login = next((link for link in page.links if "/login" in link), None)
    if login is None:
        raise Stuck(f"the portal at {page.url} did not send the device to its controller")
    stage.keep("hand-over", {"login": login})
    return _online(stage, visitor.open(login))


def use_up_the_quota(stage: Stage) -> dict[str, str]:
    """Reports the day's volume by accounting; the rate falls by CoA, and the page and an SMS say so."""
    used = int(_device(stage)["input_octets"]) + int(_device(stage)["output_octets"])
    if used < _QUOTA:
        _control(stage, "POST", "/traffic", {"octets": _QUOTA + 10**6 - used})
    fast = int(stage.done["online"]["rate_kbps"])
    slow = _wait(lambda: int(_device(stage)["rate_kbps"]), lambda rate: 0 < rate < fast)
    stage.say(f"网速 {fast} → {slow} kbit/s · slowed down, not cut off")
    _wait(lambda: _messages(stage), lambda texts: any("流量" in text for text in texts))
    page = stage.browser("visitor").open(stage.done["online"]["status_page"])
    if 'class="warning"' not in page.html:
        raise Stuck(f"{page.url} does not tell that the quota is used up")
    stage.say("短信和页面都已告知 · told by SMS and on the page")
    return {"rate_kbps": str(slow)}


def _online(stage: Stage, page: Page) -> dict[str, str]:
    device = _wait(lambda: _device(stage), lambda found: bool(found["online"]))
    if "/status/" not in page.url:
        raise Stuck(f"the visitor is online, but sees {page.url}")
    stage.say(f"已上网 · online, {device['rate_kbps']} kbit/s, {HOTSPOT}")
    return {
        "session_id": str(device["session_id"]),
        "rate_kbps": str(device["rate_kbps"]),
        "status_page": page.url,
        "hotspot_page": stage.url("wifi-portal", f"/console/hotspots/{HOTSPOT}"),
    }


def _number(stage: Stage) -> str:
    """Returns a number of this run alone, so that its quota is fresh; the carrier is simulated."""
    return f"139{stage.uuid('visitor').int % 10**8:08d}"


def _mac(stage: Stage) -> str:
    """Returns a locally administered address (IEEE 802), none on which the controller fails on purpose."""
    octets = stage.uuid("device").bytes[:4]
    return "-".join(("02", *(f"{octet:02X}" for octet in octets), "01"))


def _device(stage: Stage) -> dict[str, Any]:
    return _control(stage, "GET", "")


def _control(stage: Stage, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    address = stage.simulator(f"/nas/{_CONTROLLER}/devices/{_mac(stage)}{path}")
    answer = patiently(lambda: httpx.request(method, address, json=body, timeout=20))
    if answer.status_code >= 400:
        raise Stuck(f"the controller says {answer.text}")
    told: dict[str, Any] = answer.json()
    return told


def _messages(stage: Stage) -> list[str]:
    address = stage.simulator("/carrier/messages")
    answer = patiently(lambda: httpx.get(address, params={"to": f"+86{_number(stage)}"}, timeout=20))
    return [str(message["text"]) for message in answer.json()["messages"]]


def _ask_for_code(stage: Stage, page: Page) -> tuple[Page, str]:
    """Returns the page that wants the code, and the code, for which a run that was killed may have to wait."""
    before = 0
    end = time.monotonic() + 90
    while not _has_form(page, "/code"):
        if time.monotonic() > end:
            raise Stuck(f"{page.url} sends no code")
        before = len(_codes(stage))
        page = stage.browser("visitor").submit(page, "/number", {"mobile": _number(stage), "consent": "yes"})
        time.sleep(0 if _has_form(page, "/code") else 3)
    return page, str(_wait(lambda: _codes(stage), lambda codes: len(codes) > before)[0])


def _has_form(page: Page, action: str) -> bool:
    return any(form.action.split("?")[0].endswith(action) for form in page.forms)


def _codes(stage: Stage) -> list[str]:
    """Returns the codes, the latest first."""
    found = (re.search(r"\b[0-9]{6}\b", text) for text in _messages(stage))
    return [code[0] for code in found if code]


def _wait(look: Any, enough: Any) -> Any:
    end = time.monotonic() + 90
    while not enough(seen := look()):
        if time.monotonic() > end:
            raise Stuck(f"waited 90 s and saw {seen}")
        time.sleep(0.5)
    return seen

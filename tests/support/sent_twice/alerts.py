"""Forms of alerts."""

from uuid import uuid4

import httpx

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Case, Form

ALERT = {"kind": "pump_failed", "title_zh": "泵站停机", "level": "yellow", "owners": ["amr"]}
_URL = "https://1.1.1.1/alerts"
"""A public address, which needs no resolver; nothing is sent there, since no job runs."""


async def raised(attacked: Attacked) -> str:
    """The id of a new alert of the organisation that the officer is of."""
    headers = {"Authorization": f"Bearer {await attacked.bearer()}", "Idempotency-Key": str(uuid4())}
    alert = ALERT | {"labels": {"pump": str(uuid4())}}
    async with httpx.AsyncClient(base_url=attacked.url, trust_env=False) as client:
        answer = await client.post("/v1/alerts", json=alert, headers=headers)
    return str(answer.json()["alert_id"])


async def acknowledge(attacked: Attacked) -> Form:
    return await _act(attacked, "acknowledge", note="派人")


async def resolve(attacked: Attacked) -> Form:
    return await _act(attacked, "resolve")


async def _act(attacked: Attacked, act: str, **fields: str) -> Form:
    browser, alert_id = await attacked.browser(), await raised(attacked)
    await browser.get(f"/alerts/{alert_id}")
    return Form(browser, f"/alerts/{alert_id}/{act}", fields)


async def webhook(attacked: Attacked) -> Form:
    await attacked.rows("DELETE FROM webhook")
    browser = await attacked.browser()
    await browser.get("/channels")
    return Form(browser, "/channels/webhooks", {"organisation": "water", "url": _URL})


async def no_webhook(attacked: Attacked) -> Form:
    form = await webhook(attacked)
    await form.browser.post(form.action, dict(form.fields))
    await form.browser.get("/channels")
    return Form(form.browser, "/channels/webhooks/water/remove")


CASES = (
    Case("/alerts/{alert_id}/acknowledge", acknowledge),
    Case("/alerts/{alert_id}/resolve", resolve),
    Case("/channels/webhooks", webhook),
    Case("/channels/webhooks/{organisation}/remove", no_webhook),
)

"""Keys of alerts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from pingshan_alerts.domain.notification import Outgoing, Spending
from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.store import message_budgets, notifications, organisations
from pingshan_kit.crypto import PersonalData
from pingshan_values.budget import Budget

from tests.support.fuzz.services import Attacked
from tests.support.races.race import OF_ITS_OWN, WITH_ANOTHER, Begin, Caller, Race, form, statement
from tests.support.sent_twice import alerts
from tests.support.sent_twice.walk import Form


async def acknowledgement(attacked: Attacked) -> Race:
    """Two officers of one organisation, each before a page of their own."""
    alert_id = await alerts.raised(attacked)
    pages = []
    for _ in range(2):
        browser = await attacked.browser()
        await browser.get(f"/alerts/{alert_id}")
        pages.append(form(Form(browser, f"/alerts/{alert_id}/acknowledge", {"note": "派人"})))
    return Race((pages[0], pages[1]), f"SELECT count(*) FROM acknowledgement WHERE alert_id = '{alert_id}'")


async def fingerprint(attacked: Attacked) -> Race:
    """Two systems report the same situation."""
    pump, bearer = str(uuid4()), await attacked.bearer()

    def report() -> Caller:
        async def send() -> int:
            headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": str(uuid4())}
            async with httpx.AsyncClient(base_url=attacked.url, trust_env=False) as client:
                answer = await client.post(
                    "/v1/alerts", json=alerts.ALERT | {"labels": {"pump": pump}}, headers=headers
                )
            return answer.status_code

        return send

    return Race((report(), report()), f"SELECT count(*) FROM alert WHERE labels->>'pump' = '{pump}'")


async def webhook(attacked: Attacked) -> Race:
    first, second = await alerts.webhook(attacked), await alerts.webhook(attacked)
    return Race((form(first), form(second)), "SELECT count(*) FROM webhook WHERE organisation = 'water'")


async def organisation(attacked: Attacked) -> Race:
    """Two processes copy identity's list at the same time."""
    named = [Organisation(f"raced-{attacked.port}", "甲", "A", "bureau")]
    both = statement(attacked.built.database, organisations.put, organisations=named)
    return Race((both, both), f"SELECT count(*) FROM organisation WHERE code = 'raced-{attacked.port}'")


async def message_budget(attacked: Attacked) -> Race:
    """Two services' first SMS at the same time."""
    personal, caller = PersonalData.from_settings(attacked.settings), str(uuid4())
    wanted = [Spending(caller, Budget(5, timedelta(hours=1)), "wifi-code", caller)]
    moment = datetime.now(UTC)
    both = statement(attacked.built.database, message_budgets.spend, data=personal, spendings=wanted, now=moment)
    key = personal.index(f"messages {caller}").hex()
    return Race((both, both), f"SELECT count(*) FROM message_budget WHERE key = '\\x{key}' AND attempts = 2")


async def notification(attacked: Attacked) -> Race:
    """The same message, asked for twice."""
    own, personal = uuid4(), PersonalData.from_settings(attacked.settings)
    message = Outgoing(own, "identity-code", "zh-Hans", "+8613800000001", {"code": "1"})
    both = statement(attacked.built.database, notifications.add, data=personal, outgoing=message, caller="x")
    return Race((both, both), f"SELECT count(*) FROM notification WHERE notification_id = '{own}'")


RACES: Mapping[str, Begin | str] = {
    "pk_acknowledgement": acknowledgement,
    "pk_alert": OF_ITS_OWN,
    "uq_alert_live_fingerprint": fingerprint,
    "pk_audience": WITH_ANOTHER,
    "pk_delivery": OF_ITS_OWN,
    "uq_delivery_alert_id_organisation_post_channel": WITH_ANOTHER,
    "pk_entry": OF_ITS_OWN,
    "pk_webhook": webhook,
    "pk_message_budget": message_budget,
    "pk_notification": notification,
    "pk_organisation": organisation,
    "pk_report": OF_ITS_OWN,
}

"""A storm of alerts: nobody's telephone and no organisation gets more SMS than their budget, and reds have their own.

What goes over is kept as not sent, with its reason.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import pytest
from pingshan_alerts.clients.identity import Contact
from pingshan_alerts.domain.notification import OVER_BUDGET, OwnBudgets
from pingshan_alerts.settings import Settings
from pingshan_alerts.store.seed_files import reference
from pingshan_alerts.usecases.delivery.deliver_sms import DeliverSms, deliver_sms
from pingshan_alerts.usecases.delivery.notify_case_closed import NotifyCaseClosed, notify_case_closed
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.budget import Budget

from tests.support.alerts.service import Rows, cookie_of, officer

Make = Callable[..., Dependencies]
SMALL = OwnBudgets(per_number=Budget(3, timedelta(hours=1)), per_organisation=Budget(5, timedelta(hours=1)))
OF_RED = OwnBudgets(per_number=Budget(4, timedelta(hours=1)), per_organisation=Budget(8, timedelta(hours=1)))
ADD = """
WITH a AS (
  INSERT INTO alert (year, kind, source, title_zh, title_en, level, fingerprint, owners, street, labels)
  SELECT 2026, 'ponding', 'api', '积水' || n, 'Water ' || n, $2::int, $3 || n, '{water}', 'street_maluan', '{}'
  FROM generate_series(1, $1::int) AS n RETURNING alert_id
)
INSERT INTO delivery (delivery_id, alert_id, organisation, post, channel, state)
SELECT gen_random_uuid(), alert_id, $4, 'duty-officer', 'sms', 'queued' FROM a RETURNING delivery_id, alert_id
"""


def people(count: int) -> list[Contact]:
    """On duty; others at each call of the test."""
    start = uuid4().int % 10_000
    return [
        Contact(str(uuid5(NAMESPACE_OID, f"{start} {n}")), f"+86138{start:04d}{n:04d}", "zh-Hans") for n in range(count)
    ]


@pytest.fixture
def deps(settings: Settings, database: Database) -> Make:
    """What the use cases need, with these people on duty, and small budgets."""

    def make(contacts: list[Contact]) -> Dependencies:
        async def found(*_: str) -> list[Contact]:
            return contacts

        async def applicant(_: str) -> str:
            return "91440310TEXT10001X"

        known = reference()
        small = {name: replace(each, own=SMALL, own_red=OF_RED) for name, each in known.templates.items()}
        identity = SimpleNamespace(contacts_at=found, representatives=found)
        unused = ("admissions", "e_license", "wifi_portal", "webhook_sender", "sms_carrier")
        fields: dict[str, Any] = dict.fromkeys(unused)
        return Dependencies(
            settings=settings,
            database=database,
            personal=PersonalData.from_settings(settings),
            reference=replace(known, templates=small),
            identity=cast("Any", identity),
            workflow=cast("Any", SimpleNamespace(applicant_code=applicant)),
            **fields,
        )

    return make


async def storm(deps: Dependencies, rows: Rows, count: int, organisation: str, level: int) -> list[UUID]:
    """So many alerts of that level, each of which is to be sent to the organisation."""
    added = await rows.all(ADD, count, level, str(uuid4()), organisation)
    for row in added:
        await deliver_sms(deps, DeliverSms(row["delivery_id"]))
        await deliver_sms(deps, DeliverSms(row["delivery_id"]))  # a repeated job spends nothing
    return [row["delivery_id"] for row in added]


async def counted(rows: Rows, deliveries: list[UUID]) -> tuple[int, int]:
    """How many SMS wait for the carrier, and how many are kept as not sent."""
    query = "SELECT state, failure_code, variables FROM notification WHERE delivery_id = ANY($1)"
    found = await rows.all(query, deliveries)
    over = [row for row in found if (row["state"], row["failure_code"]) == ("failed", OVER_BUDGET)]
    assert all(row["variables"] is None for row in over), "its text is of no use any more"
    queued = await rows.one(
        "SELECT count(*) FROM job JOIN notification n ON job.key = n.notification_id::text"
        " WHERE kind = 'send-notification' AND n.delivery_id = ANY($1)",
        deliveries,
    )
    return int(queued), len(over)


async def test_one_telephone_gets_so_many_and_no_more(deps: Make, rows: Rows) -> None:
    found = await storm(deps(people(1)), rows, 7, "water", 2)
    assert await counted(rows, found) == (SMALL.per_number.most, 7 - SMALL.per_number.most)


async def test_one_organisation_gets_so_many_and_no_more(deps: Make, rows: Rows) -> None:
    """With as many people on duty as it likes."""
    found = await storm(deps(people(4)), rows, 2, "fire", 2)
    most = SMALL.per_organisation.most
    assert await counted(rows, found) == (most, 8 - most)


async def test_reds_have_a_budget_of_their_own(deps: Make, rows: Rows) -> None:
    """A storm of lesser alerts takes nothing from them."""
    made = deps(people(1))
    await storm(made, rows, 7, "urban", 2)
    found = await storm(made, rows, 7, "urban", 1)
    assert await counted(rows, found) == (OF_RED.per_number.most, 7 - OF_RED.per_number.most)


async def test_another_organisation_is_still_told(deps: Make, rows: Rows) -> None:
    await storm(deps(people(4)), rows, 3, "health", 2)
    assert (await counted(rows, await storm(deps(people(1)), rows, 1, "amr", 2))) == (1, 0)


async def test_what_was_not_sent_stands_in_the_ledger_with_its_reason(
    deps: Make, rows: Rows, database: Database, settings: Settings, api: Any
) -> None:
    *_, last = await storm(deps(people(1)), rows, 7, "street_longtian", 2)
    delivery = (await rows.all("SELECT alert_id, state, failure_code FROM delivery WHERE delivery_id = $1", last))[0]
    assert (delivery["state"], delivery["failure_code"]) == ("failed", OVER_BUDGET)
    operator = await cookie_of(database, settings, officer("hall", "viewer", "operator"))
    for path in ("/channels", f"/alerts/{delivery['alert_id']}"):
        assert "超出短信限额" in (await api.get(path, headers=operator)).text
        assert "beyond the SMS budget" in (await api.get(f"{path}?language=en", headers=operator)).text


async def test_notices_to_holders_have_a_budget_too(deps: Make, rows: Rows) -> None:
    made = deps(people(1))
    for number in range(5):
        await notify_case_closed(made, NotifyCaseClosed(uuid4(), f"2026-{number:06}", "approved"))
    found = await rows.all("SELECT state FROM notification WHERE template_id = 'case-closed' ORDER BY created_at")
    assert [row["state"] == "failed" for row in found] == [False] * SMALL.per_number.most + [True] * 2


def test_every_template_of_ours_has_its_budgets_and_reds_more() -> None:
    for each in reference().templates.values():
        if each.callers == {"alerts"}:
            assert each.own
    raised = reference().templates["alert-raised"]
    assert raised.own
    assert raised.own_red
    assert raised.own_red.per_number.most > raised.own.per_number.most
    assert raised.own_red.per_organisation.most > raised.own.per_organisation.most

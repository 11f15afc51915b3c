"""A controller, or alerts, is away when the quota runs out: the job waits for it."""

from collections.abc import Callable
from typing import Any

from pingshan_kit.storage.database import Database

from tests.support.alerts.fake import FakeAlerts
from tests.support.wifi_portal.visitor import Visitor, rows, until

Visitors = Callable[..., Visitor]


async def test_the_person_is_told_once_alerts_is_back(
    visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor()
    await person.join()
    await person.ask_for_code("13800007001")
    await person.submit("/code", code=alerts.code("+8613800007001"))
    await person.login()
    await alerts.stop()
    await person.traffic(600_000_000)

    async def slowed() -> bool:
        return bool((await person.device())["rate_kbps"] == 256)

    await until(slowed)
    await alerts.start()

    async def told() -> Any:
        return [item for item in alerts.sent if item.template_id == "wifi-quota-used"]

    assert len(await until(told, 60)) == 1


async def test_a_change_that_the_controller_never_answers_stays_queued(
    visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor(mac="02:00:00:00:70:F4")
    await person.join()
    await person.ask_for_code("13800007002")
    await person.submit("/code", code=alerts.code("+8613800007002"))
    await person.login()
    await person.traffic(600_000_000)

    async def tried() -> Any:
        query = "SELECT attempts FROM job WHERE kind = 'change-authorisation' AND state = 'queued' AND attempts > 0"
        return await rows(database, query)

    await until(tried, 30)
    session = (await rows(database, "SELECT * FROM wifi_session WHERE device_mac = :mac", mac=person.mac))[0]
    assert session.slowed
    assert session.applied_version < session.policy_version
    assert session.ended_at is None

"""From the first page to the slowed-down session: real process, real packets, alerts as a gRPC fake."""

from collections.abc import Callable
from typing import Any

import httpx
from pingshan_kit.storage.database import Database

from tests.support.alerts.fake import FakeAlerts
from tests.support.forms import leads_to, twice
from tests.support.wifi_portal.visitor import Visitor, rows, until

Visitors = Callable[..., Visitor]


async def online(visitor: Visitor, alerts: FakeAlerts, mobile: str) -> httpx.Response:
    await visitor.join()
    await visitor.ask_for_code(mobile)
    await visitor.submit("/code", code=alerts.code(mobile))
    answer = await visitor.login()
    assert answer.status_code == 302, answer.text
    return await visitor.portal.get(answer.headers["location"])


async def test_only_what_was_mistyped_is_marked_and_the_consent_stays(visitor: Visitors) -> None:
    person = visitor()
    await person.join()
    await person.submit("/number", mobile="12345", consent="yes")
    assert 'aria-invalid="true"' in person.page.text
    assert "required checked>" in person.page.text
    await person.submit("/number", mobile="13800001099")
    assert 'aria-invalid="true"' not in person.page.text
    assert "required checked>" not in person.page.text


async def test_a_visitor_gets_online_uses_up_the_quota_is_slowed_and_told(
    visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor()
    await person.join()
    assert "坪山中心公园" in person.page.text
    await person.ask_for_code("138 0000 1001")
    assert "138****1001" in person.page.text
    await person.submit("/code", code=alerts.code("+8613800001001"))
    answer = await person.login()
    status_url = answer.headers["location"]
    assert "/status/" in status_url
    assert "已经上网" in (await person.portal.get(status_url)).text
    assert (await person.device())["rate_kbps"] == 2048

    await person.traffic(410_000_000)
    assert "快用完" in (await person.portal.get(status_url)).text
    await person.traffic(100_000_000)

    async def slowed() -> Any:
        device = await person.device()
        return device if device["rate_kbps"] == 256 else None

    device = await until(slowed)
    assert "降为 256 kbit/s" in (await person.portal.get(status_url)).text

    async def told() -> Any:
        return [item for item in alerts.sent if item.template_id == "wifi-quota-used"]

    message = (await until(told))[0]
    assert message.mobile_number == "+8613800001001"
    assert dict(message.variables) == {"rate_kbps": "256"}

    session = (await rows(database, "SELECT * FROM wifi_session WHERE device_mac = :mac", mac=person.mac))[0]
    assert str(session.session_id) == device["session_id"]
    assert session.input_octets == 51_000_000
    assert session.slowed
    one = "SELECT subject, correlation_id FROM {} WHERE aggregate_id = :id"
    query = f"{one.format('event_log')} UNION ALL {one.format('outbox')}"

    async def published() -> Any:
        found = await rows(database, query, id=str(session.session_id))
        return found if len(found) == 2 else None

    events = await until(published)
    assert {event.subject for event in events} == {"wifi-portal.session.started.v1", "wifi-portal.quota.exhausted.v1"}
    assert {event.correlation_id for event in events} == {str(session.sign_in_id)}


async def test_an_english_page_says_what_kind_of_place_it_is(visitor: Visitors) -> None:
    person = visitor()
    await person.join()
    assert "坪山中心公园 (park)" in (await person.open(language="en")).text
    assert "(park)" not in (await person.open(language="zh-Hans")).text


async def test_another_language_or_size_keeps_what_was_typed(visitor: Visitors) -> None:
    person = visitor()
    await person.join()
    shown = await person.submit("/shown?language=en", mobile="138 0000 1", consent="yes")
    assert shown.status_code == 200
    assert "Mobile number" in shown.text
    assert 'value="138 0000 1"' in shown.text
    assert "required checked>" in shown.text
    large = await person.submit("/shown?senior=1", mobile="138 0000 1")
    assert 'class="senior"' in large.text
    assert 'value="138 0000 1"' in large.text
    assert 'formaction="/shown?senior=0"' in large.text
    assert 'class="senior"' not in (await person.submit("/shown?senior=0", mobile="138 0000 1")).text
    await person.ask_for_code("13800001077")
    assert 'value="123"' in (await person.submit("/shown?language=zh-Hans", code="123")).text
    assert "填写验证码" in person.page.text


async def test_the_pending_code_survives_the_browser(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    await person.ask_for_code("13800001002")
    await person.join()
    assert "138****1002" in person.page.text
    await person.submit("/code", code=alerts.code("+8613800001002"))
    assert (await person.login()).status_code == 302
    assert (await person.device())["online"]


async def test_a_message_that_the_carrier_refused_says_why_and_may_be_sent_again(
    visitor: Visitors, alerts: FakeAlerts
) -> None:
    alerts.failures["+8613800001003"] = "NUMBER_DOES_NOT_EXIST"
    person = visitor()
    await person.join()
    await person.ask_for_code("13800001003")
    assert "NUMBER_DOES_NOT_EXIST" in person.page.text
    del alerts.failures["+8613800001003"]
    await person.submit("/resend")
    assert "验证码已发往" in person.page.text
    await person.submit("/start-over")
    assert 'name="mobile"' in person.page.text


async def test_the_second_device_shares_the_rest(visitor: Visitors, alerts: FakeAlerts, database: Database) -> None:
    first, second = visitor(), visitor(controller="PS-NAS-01", hotspot="PS-HS-001")
    await online(first, alerts, "+8613800001004")
    await database_time_passes(database, "+8613800001004")
    await online(second, alerts, "+8613800001004")
    await first.traffic(300_000_000)
    await second.traffic(300_000_000)
    for person in (first, second):

        async def slowed(person: Visitor = person) -> bool:
            return bool((await person.device())["rate_kbps"] == 256)

        await until(slowed)
    third = visitor()
    await database_time_passes(database, "+8613800001004")
    await online(third, alerts, "+8613800001004")
    assert (await third.device())["rate_kbps"] == 256


async def database_time_passes(database: Database, _mobile: str) -> None:
    """The cool-down of a minute is over."""
    async with database.begin() as tx:
        await tx.exec_driver_sql("UPDATE sign_in SET sent_at = sent_at - interval '61 seconds'")


async def test_a_controller_that_does_not_know_the_session_any_more_ends_it_here(
    visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor(mac="02:00:00:00:05:F3")
    await online(person, alerts, "+8613800001005")
    await person.traffic(600_000_000)

    async def ended() -> Any:
        query = "SELECT * FROM wifi_session WHERE device_mac = :mac AND end_cause = 'unknown-to-controller'"
        return await rows(database, query, mac=person.mac)

    (session,) = await until(ended)
    assert session.input_octets + session.output_octets == 600_000_000
    assert session.applied_version < session.policy_version, "the change never came into force"
    told = "SELECT payload FROM event_log WHERE subject = 'wifi-portal.session.ended.v1' AND aggregate_id = :id"

    async def published() -> Any:
        return await rows(database, told, id=str(session.session_id))

    assert len(await until(published)) == 1


async def test_a_controller_without_changes_disconnects_and_the_next_sign_in_is_slow(
    visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor(controller="PS-NAS-08", hotspot="PS-HS-118")
    await online(person, alerts, "+8613800001006")
    await person.traffic(600_000_000)

    async def offline() -> bool:
        return not (await person.device())["online"]

    await until(offline)
    await database_time_passes(database, "+8613800001006")
    await online(person, alerts, "+8613800001006")
    assert (await person.device())["rate_kbps"] == 256


async def test_a_lost_access_accept_is_sent_again(visitor: Visitors, alerts: FakeAlerts, database: Database) -> None:
    person = visitor(mac="02:00:00:00:07:F1")
    await online(person, alerts, "+8613800001007")
    assert len(await rows(database, "SELECT 1 FROM wifi_session WHERE device_mac = :mac", mac=person.mac)) == 1


async def test_pap_where_the_controller_gives_no_challenge(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    person.told.pop("challenge")
    await person.open()
    await person.ask_for_code("13800001008")
    await person.submit("/code", code=alerts.code("+8613800001008"))
    assert "password=" in person.login_url()
    await person.login()
    assert (await person.device())["online"]


async def test_alerts_away_is_said_and_costs_no_waiting(visitor: Visitors, alerts: FakeAlerts) -> None:
    await alerts.stop()
    person = visitor()
    await person.join()
    await person.ask_for_code("13800001009")
    assert "短信系统暂时不可用" in person.page.text
    await alerts.start()
    await person.submit("/resend")
    assert "验证码已发往" in person.page.text


async def test_a_double_click_asks_for_one_code_and_counts_one_wrong_one(
    visitor: Callable[..., Visitor], alerts: FakeAlerts
) -> None:
    person = visitor()
    shown = (await person.join()).text
    sent = len(alerts.sent)
    number = {"mobile": "13800008222", "consent": "yes"}
    address = leads_to(await twice(person.portal, shown, "/number", number, {}))
    assert len(alerts.sent) == sent + 1
    for _ in range(4):
        shown = (await person.portal.get(address)).text
        first, second = await twice(person.portal, shown, "/code", {"code": "000000"}, {})
        assert first.text == second.text
    assert (await person.open()).status_code == 200
    right = await person.submit("/code", code=alerts.code("+8613800008222"))
    assert right.status_code == 200, right.text

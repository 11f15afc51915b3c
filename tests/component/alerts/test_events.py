"""What siblings publish: holders and applicants get an SMS, a stopped controller becomes an alert; each once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import nats
import pytest
from pingshan_events.base import Event
from pingshan_events.e_license import LicenseChanged, LicenseIssued, LicenseRevoked
from pingshan_events.identity import DutyFilled
from pingshan_events.wifi_portal import ControllerStopped
from pingshan_events.workflow import CaseClosed
from pingshan_kit.events.signatures import MESSAGE_ID
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job
from pingshan_values.level import Level

from tests.support.alerts.service import PUBLIC_NUMBER, Carrier, Rows, until
from tests.support.events import publish_event, publish_signed
from tests.support.platform import TestPlatform

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def publisher(platform: TestPlatform, api: httpx.AsyncClient) -> AsyncIterator[nats.NATS]:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    yield client
    await client.close()


async def _publish(platform: TestPlatform, publisher: nats.NATS, event: Event, times: int = 1) -> None:
    for number in range(times):
        # Another message id each time: what JetStream would not recognise, the inbox must.
        headers = {MESSAGE_ID: f"{event.event_id}.{number}"}
        await publish_event(publisher, platform.addresses.secrets, event, **headers)


async def _texts(carrier: Carrier, part: str) -> list[str]:
    return [each["text"] for each in await carrier.messages(PUBLIC_NUMBER) if part in each["text"]]


async def test_holder_is_told_of_a_licence_once(platform: TestPlatform, publisher: nats.NATS, carrier: Carrier) -> None:
    event = LicenseIssued(
        event_id=uuid7(), aggregate_id="L1", aggregate_version=1, correlation_id="L1", occurred_at=AT,
        license_id=str(uuid7()), identifier="1.2.156.3005.2.11440310TEST.1", type="food-business-permit",
        type_name_zh="食品经营许可证", type_name_en="Food business permit", agency="amr",
    )  # fmt: skip
    await _publish(platform, publisher, event, times=3)
    texts = await until(lambda: _texts(carrier, "食品经营许可证"))
    await asyncio.sleep(1)
    assert len(await _texts(carrier, "食品经营许可证")) == 1
    assert "1.2.156.3005.2.11440310TEST.1" in texts[0]


async def test_holder_is_told_of_each_decision_once(
    platform: TestPlatform, publisher: nats.NATS, carrier: Carrier
) -> None:
    common = {
        "aggregate_id": "L9", "aggregate_version": 2, "correlation_id": "L9", "occurred_at": AT,
        "license_id": str(uuid7()), "type": "drug-retail-permit", "type_name_zh": "药品经营许可证", "agency": "amr",
        "type_name_en": "Drug retail permit", "identifier": "1.2.156.3005.2.11440310TEST.9",
    }  # fmt: skip
    changed = common | {"effective_at": AT, "standing": "suspended"}
    for act in ("renewed", "suspended", "resumed"):
        event = LicenseChanged.model_validate(changed | {"event_id": uuid7(), "act": act})
        await _publish(platform, publisher, event, times=2)
    await _publish(platform, publisher, LicenseRevoked.model_validate(common | {"event_id": uuid7()}), times=2)

    async def all_told() -> list[str]:
        texts = await _texts(carrier, "药品经营许可证")
        return texts if len(texts) == 3 else []

    texts = await until(all_told)
    await asyncio.sleep(1)
    assert len(await _texts(carrier, "药品经营许可证")) == 3, "of a new version its issue tells"
    for change in ("已暂停使用", "已恢复使用", "已被吊销"):
        assert sum(change in each for each in texts) == 1
    assert all("1.2.156.3005.2.11440310TEST.9" in each for each in texts)


async def test_a_licence_told_in_the_old_shape_is_passed_on(
    platform: TestPlatform, publisher: nats.NATS, carrier: Carrier
) -> None:
    """An event from before identifier and type name were told is still in flight, or comes by a replay."""
    old = {
        "event_id": str(uuid7()), "aggregate_id": "L2", "aggregate_version": 1, "correlation_id": "L2",
        "occurred_at": AT.isoformat(), "license_id": str(uuid7()), "type": "food-business-permit", "agency": "amr",
    }  # fmt: skip
    payload = json.dumps(old).encode()
    await publish_signed(publisher, platform.addresses.secrets, LicenseIssued.subject, old["event_id"], payload)
    assert await until(lambda: _texts(carrier, "新签发证照"))


async def test_a_job_queued_before_the_event_told_more_is_done(database: Database, carrier: Carrier) -> None:
    earlier = len(await _texts(carrier, "新签发证照"))
    payload = {"event_id": str(uuid7()), "license_id": str(uuid7())}
    async with database.begin() as tx:
        row = {"kind": "notify-license-issued", "key": payload["license_id"], "payload": payload, "traceparent": ""}
        await tx.execute(job.insert().values(row))

    async def told() -> bool:
        return len(await _texts(carrier, "新签发证照")) > earlier

    assert await until(told)


@pytest.mark.parametrize(("outcome", "word"), [("approved", "予以许可"), ("rejected", "不予许可")])
async def test_applicant_is_told_how_the_case_ended(
    platform: TestPlatform, publisher: nats.NATS, carrier: Carrier, outcome: str, word: str
) -> None:
    case_id = f"2026-{outcome}"
    event = CaseClosed.model_validate(
        {
            "event_id": uuid7(), "aggregate_id": case_id, "aggregate_version": 9, "correlation_id": case_id,
            "occurred_at": AT, "case_id": case_id, "process": "restaurant-opening", "outcome": outcome,
        }
    )  # fmt: skip
    await _publish(platform, publisher, event, times=2)
    assert word in (await until(lambda: _texts(carrier, case_id)))[0]


def _stopped(event_id: UUID) -> ControllerStopped:
    return ControllerStopped(
        event_id=event_id, aggregate_id="PS-NAS-01", aggregate_version=1, correlation_id="PS-NAS-01", occurred_at=AT,
        controller_id="PS-NAS-01", hotspot_count=2, session_count=7,
    )  # fmt: skip


async def test_stopped_controller_stands_among_its_hotspots(
    platform: TestPlatform, publisher: nats.NATS, rows: Rows
) -> None:
    for event_id in (uuid7(), uuid7()):
        await _publish(platform, publisher, _stopped(event_id), times=2)

    async def counted() -> object:
        found = await rows.all("SELECT * FROM alert WHERE kind = 'controller_stopped'")
        return found if found and found[0]["report_count"] == 2 else None

    found = await until(counted)
    assert len(found) == 1
    assert (found[0]["lon"], found[0]["lat"], found[0]["street"]) == (114.34, 22.695, "street_pingshan")
    assert "2 个热点" in found[0]["title_zh"]


async def test_an_appointment_from_the_server_is_a_red_alert_once(
    platform: TestPlatform, publisher: nats.NATS, rows: Rows
) -> None:
    event_id = uuid7()
    event = DutyFilled(
        event_id=event_id, aggregate_id=str(event_id), aggregate_version=1, correlation_id="d", occurred_at=AT,
        duty="auditor", person_id=str(uuid7()), organisations=["data", "water"],
    )  # fmt: skip
    await _publish(platform, publisher, event, times=3)
    query = "SELECT * FROM alert WHERE kind = 'duty_filled'"
    [alert] = await until(lambda: rows.all(query))
    assert (alert["level"], alert["report_count"]) == (Level.RED.number, 1)
    assert alert["title_zh"] == "管理员被应急任命：审计员"
    told = await rows.all("SELECT organisations FROM audience WHERE alert_id = $1", alert["alert_id"])
    everybody = {code for each in told for code in each["organisations"]}
    assert everybody == {"data", "water", "hall"}, "nobody whom it does not concern"

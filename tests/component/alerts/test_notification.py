"""SMS for siblings: durable, fast, idempotent, private; what the carrier makes of it."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.alerts.v1 import notification_pb2, notification_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings

from tests.support.alerts.service import Carrier, Rows, until
from tests.support.platform import TestPlatform

STATES = notification_pb2.NotificationState


class WifiPortalSettings(ServiceSettings):
    service = "wifi-portal"


@pytest.fixture(scope="module")
async def notifications(platform: TestPlatform, api: httpx.AsyncClient) -> Any:
    settings = platform.service("wifi-portal", migrated=False).settings(WifiPortalSettings)
    channel = rpc.channel(settings, "alerts")
    yield notification_pb2_grpc.NotificationServiceStub(channel)
    await channel.close(None)


def code_for(number: str, code: str = "482913") -> notification_pb2.SendNotificationRequest:
    return notification_pb2.SendNotificationRequest(
        request_id=str(uuid4()),
        template_id="wifi-code",
        variables={"code": code, "minutes": "5"},
        mobile_number=number,
        language="zh-Hans",
    )


async def _settled(notifications: Any, notification_id: str) -> Any:
    async def settled() -> Any:
        request = notification_pb2.GetNotificationRequest(notification_id=notification_id)
        answer = await notifications.GetNotification(request)
        final = (STATES.NOTIFICATION_STATE_DELIVERED, STATES.NOTIFICATION_STATE_FAILED)
        return answer if answer.state in final else None

    return await until(settled)


async def test_code_arrives_at_once_and_once(notifications: Any, carrier: Carrier, rows: Rows) -> None:
    warm = await notifications.SendNotification(code_for("+8613800000099"))
    await _settled(notifications, warm.notification_id)
    request, started = code_for("+8613800000011"), time.monotonic()
    sent = [await notifications.SendNotification(request) for _ in range(2)]
    messages = await until(lambda: carrier.messages("+8613800000011"), 3)
    assert time.monotonic() - started < 1.5
    assert sent[0].notification_id == sent[1].notification_id
    assert "482913" in messages[0]["text"]
    answer = await _settled(notifications, sent[0].notification_id)
    assert answer.state == STATES.NOTIFICATION_STATE_DELIVERED
    assert len(await carrier.messages("+8613800000011")) == 1
    kept = await rows.all(
        "SELECT variables, mobile_number FROM notification WHERE notification_id::text = $1", sent[0].notification_id
    )
    assert kept[0]["variables"] is None, "the code is erased once the carrier has it"
    assert b"13800000011" not in kept[0]["mobile_number"]


async def test_number_and_code_are_nowhere_in_clear(notifications: Any, rows: Rows, platform: TestPlatform) -> None:
    sent = await notifications.SendNotification(code_for("+8613811112222", "739105"))
    await _settled(notifications, sent.notification_id)
    for table in ("notification", "command", "job", "record", "outbox", "event_log", "entry", "dead_letter"):
        found = await rows.one(
            f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%13811112222%' OR t::text LIKE '%739105%'"
        )
        assert found == 0, table
    logs = "".join(file.read_text(errors="replace") for file in platform.folder.glob("**/*.log"))
    assert "process.started" in logs
    assert "13811112222" not in logs
    assert "739105" not in logs


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+8613800009001", "NUMBER_DOES_NOT_EXIST"),
        ("+8613800009002", "PHONE_OFF"),
        ("+8613800009006", "BLACKLISTED"),
        ("+85251234567", "NUMBER_INVALID"),
    ],
)
async def test_number_that_fails(notifications: Any, number: str, code: str) -> None:
    sent = await notifications.SendNotification(code_for(number))
    answer = await _settled(notifications, sent.notification_id)
    assert (answer.state, answer.failure_code) == (STATES.NOTIFICATION_STATE_FAILED, code)


async def test_refused_message_is_a_dead_letter(notifications: Any, rows: Rows) -> None:
    sent = await notifications.SendNotification(code_for("+8613800009001"))

    async def buried() -> Any:
        return await rows.all(
            "SELECT code FROM dead_letter WHERE source = 'job' AND message_id = $1 AND died_at IS NOT NULL",
            sent.notification_id,
        )

    assert [row["code"] for row in await until(buried)] == ["NUMBER_DOES_NOT_EXIST"]


async def test_receipt_twice_changes_nothing(notifications: Any) -> None:
    sent = await notifications.SendNotification(code_for("+8613800009007"))
    answer = await _settled(notifications, sent.notification_id)
    await asyncio.sleep(0.5)
    again = await _settled(notifications, sent.notification_id)
    assert answer.state == again.state == STATES.NOTIFICATION_STATE_DELIVERED


async def test_no_receipt_stays_sent(notifications: Any) -> None:
    sent = await notifications.SendNotification(code_for("+8613800009003"))
    await asyncio.sleep(1.5)
    request = notification_pb2.GetNotificationRequest(notification_id=sent.notification_id)
    assert (await notifications.GetNotification(request)).state == STATES.NOTIFICATION_STATE_SENT


async def test_more_than_the_carrier_takes_per_number(notifications: Any) -> None:
    sent = [await notifications.SendNotification(code_for("+8613800000077")) for _ in range(6)]
    answers = [await _settled(notifications, each.notification_id) for each in sent]
    refused = [answer.failure_code for answer in answers if answer.failure_code]
    assert refused == ["LIMIT_PER_NUMBER"]


async def test_same_id_with_another_text_is_refused(notifications: Any) -> None:
    request = code_for("+8613800000079")
    await notifications.SendNotification(request)
    request.variables["code"] = "000000"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await notifications.SendNotification(request)
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS

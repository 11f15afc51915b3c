"""The carrier away and back, the process killed between commit and send: nothing lost, nothing said three times."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
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


class WifiPortalSettings(ServiceSettings):
    service = "wifi-portal"


@pytest.fixture
async def notifications(platform: TestPlatform, api: httpx.AsyncClient) -> AsyncIterator[Any]:
    settings = platform.service("wifi-portal", migrated=False).settings(WifiPortalSettings)
    channel = rpc.channel(settings, "alerts")
    yield notification_pb2_grpc.NotificationServiceStub(channel)
    await channel.close(None)


def _request(number: str) -> notification_pb2.SendNotificationRequest:
    return notification_pb2.SendNotificationRequest(
        request_id=str(uuid4()),
        template_id="wifi-code",
        variables={"code": "482913", "minutes": "5"},
        mobile_number=number,
        language="zh-Hans",
    )


async def _send(notifications: Any, request: notification_pb2.SendNotificationRequest) -> None:
    """As a caller does: again with the same id, until it is answered."""
    while True:
        try:
            await notifications.SendNotification(request)
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def _received(carrier: Carrier, numbers: list[str]) -> dict[str, int]:
    return {number: len(await carrier.messages(number)) for number in numbers}


async def test_away_and_back(notifications: Any, carrier: Carrier) -> None:
    numbers = [f"+86138{number:08d}" for number in range(200, 220)]
    await carrier.stop()
    for number in numbers[:10]:
        await notifications.SendNotification(_request(number))
    await asyncio.sleep(2)
    await carrier.start()
    await carrier.mode("down")
    for number in numbers[10:]:
        await notifications.SendNotification(_request(number))
    await asyncio.sleep(2)
    await carrier.mode("normal")

    async def all_there() -> bool:
        return all((await _received(carrier, numbers)).values())

    await until(all_there, 40)
    await asyncio.sleep(2)
    assert Counter((await _received(carrier, numbers)).values()) == {1: 20}


async def test_killed_between_commit_and_send(
    notifications: Any, carrier: Carrier, platform: TestPlatform, rows: Rows
) -> None:
    """A slow carrier holds each message for seconds; the kills hit messages in its hands."""
    alerts = platform.running[-1]
    numbers = [f"+86139{number:08d}" for number in range(300, 330)]
    await carrier.mode("slow")

    async def send_all() -> None:
        for number in numbers:
            await _send(notifications, _request(number))
            await asyncio.sleep(0.05)

    sending = asyncio.create_task(send_all())
    await asyncio.sleep(1.5)
    alerts.kill()
    await asyncio.to_thread(alerts.start)
    await sending
    await carrier.mode("normal")

    async def all_there() -> bool:
        return all((await _received(carrier, numbers)).values())

    await until(all_there, 90)
    await asyncio.sleep(2)
    received = await _received(carrier, numbers)
    assert set(received.values()) <= {1, 2}, f"at most twice: {received}"
    assert Counter(received.values())[1] >= 15, f"only what was in the carrier's hands may come twice: {received}"
    waiting = "SELECT count(*) FROM notification WHERE state = 'queued'"

    async def none_waiting() -> bool:
        return bool(await rows.one(waiting) == 0)

    await until(none_waiting, 40)


async def test_receipts_come_when_the_service_is_back(
    notifications: Any, carrier: Carrier, platform: TestPlatform, rows: Rows
) -> None:
    alerts = platform.running[-1]
    number = "+8613800009004"
    await _send(notifications, _request("+8613777777777"))
    await until(lambda: carrier.messages("+8613777777777"))
    alerts.kill()
    await asyncio.sleep(2)
    await asyncio.to_thread(alerts.start)
    delivered = "SELECT count(*) FROM notification WHERE state = 'sent' AND created_at > now() - interval '1 minute'"

    async def no_receipt_missing() -> bool:
        return bool(await rows.one(delivered) == 0)

    await until(no_receipt_missing, 60)
    assert number not in [each["to"] for each in await carrier.messages()]

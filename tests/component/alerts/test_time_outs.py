"""A receiver that answers a byte at a time keeps every phase alive; the whole call ends all the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import monotonic

import pytest
from pingshan_alerts.clients.sms_carrier import NoAnswer, SmsCarrier
from pingshan_alerts.clients.webhook import NotTaken, WebhookSender
from pingshan_alerts.domain.notification import Outgoing
from pingshan_kit.ids import uuid7
from pingshan_kit.outgoing import Outgoing as OutgoingCalls
from pingshan_values.outside_address import Trusted, outside_address

TOTAL_SECONDS = 0.5
MUCH_LATER = 10 * TOTAL_SECONDS
STATUS = b"HTTP/1.1 200 OK\r\n"
HEAD = STATUS + b"content-length: 1000\r\n\r\n"

Deliver = Callable[[int], Awaitable[None]]


@pytest.fixture(params=[STATUS + b"x-drip: ", HEAD], ids=["in its headers", "in its body"])
async def dripping(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    """The port of a server that takes everything and then drips, until its client has hung up."""

    ended = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request.param)
        with suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(TOTAL_SECONDS / 20)
        ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(ended.wait(), MUCH_LATER)


async def _webhook(port: int) -> None:
    sender = WebhookSender(OutgoingCalls(total_seconds=TOTAL_SECONDS))
    await sender.post(outside_address(f"http://127.0.0.1:{port}/hook", Trusted.of({"127.0.0.1"})), {}, b"{}")


async def _sms(port: int) -> None:
    carrier = SmsCarrier(f"http://127.0.0.1:{port}", "key", OutgoingCalls(total_seconds=TOTAL_SECONDS))
    await carrier.send(Outgoing(uuid7(), "wifi-code", "zh-Hans", "+8613800000001", {"code": "1"}), "坪山政务")


@pytest.mark.parametrize(("deliver", "refusal"), [(_webhook, NotTaken), (_sms, NoAnswer)], ids=["webhook", "SMS"])
async def test_dripping_receiver_is_cut(dripping: int, deliver: Deliver, refusal: type[Exception]) -> None:
    begun = monotonic()
    with pytest.raises(refusal):
        await asyncio.wait_for(deliver(dripping), MUCH_LATER)
    assert TOTAL_SECONDS <= monotonic() - begun < MUCH_LATER

"""An organisation's own system is told, signed; a broken one is tried again and then shown as failed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from pingshan_alerts.clients.webhook import NotTaken, WebhookSender
from pingshan_alerts.domain.errors import WebhookAddressRefused
from pingshan_alerts.domain.standard_webhooks import sign, verify
from pingshan_alerts.domain.webhook_address import WebhookAddress, webhook_address
from pingshan_alerts.service import dependencies
from pingshan_alerts.settings import Settings
from pingshan_alerts.usecases.delivery.set_webhook import SetWebhook, set_webhook
from pingshan_kit.storage.database import Database
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.support.alerts.service import Rows, fresh, key_bytes, officer, parsed, ponding, until
from tests.support.servers import free_port

PORT = free_port()
SETTINGS = {"webhook_trusted": f"localhost:{PORT}"}


@dataclass
class Receiver:
    """The other organisation's system."""

    answers: list[int] = field(default_factory=list)
    """Codes for the next requests; then 204."""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.received.append((dict(request.headers), await request.body()))
        return Response(status_code=self.answers.pop(0) if self.answers else 204)

    async def redirect(self, _: Request) -> Response:
        return RedirectResponse("/hook", 307)


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    routes = [
        Route("/hook", receiver.take, methods=["POST"]),
        Route("/moved", receiver.redirect, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=PORT, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    yield receiver
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def key(database: Database, settings: Settings, receiver: Receiver) -> bytes:
    trusting = settings.model_copy(update={"webhook_trusted": frozenset({f"localhost:{PORT}"})})
    deps, close = dependencies(trusting, database)
    command = SetWebhook("water", f"http://localhost:{PORT}/hook")
    secret = await set_webhook(deps, officer("data", "operator"), command)
    await close()
    assert secret.startswith("whsec_")
    return key_bytes(secret)


async def test_signed_and_once(
    api: httpx.AsyncClient, detector: dict[str, str], receiver: Receiver, key: bytes, rows: Rows
) -> None:
    receiver.answers = [500]
    answer = await api.post("/v1/detections/video", json=ponding("PS-CAM-111"), headers=detector | fresh())
    alert_id = answer.json()["alert_id"]
    state = "SELECT state FROM delivery WHERE alert_id = $1 AND channel = 'webhook'"

    async def delivered() -> bool:
        found = await rows.all(state, alert_id)
        return [row["state"] for row in found] == ["delivered"]

    await until(delivered, 30)
    assert len(receiver.received) == 2, "once more after the 500, then never again"
    (first, _), (headers, body) = receiver.received
    assert first["webhook-id"] == headers["webhook-id"], "by which the receiver can deduplicate"
    assert verify(key, headers, body, datetime.now(UTC))
    message = parsed(body)
    assert message["type"] == "alert.raised"
    assert (message["data"]["alert_id"], message["data"]["street"]) == (alert_id, "street_maluan")
    kept = await rows.one("SELECT secret FROM webhook WHERE organisation = 'water'")
    assert key not in kept


async def test_redirect_is_not_followed(receiver: Receiver) -> None:
    before, sender = len(receiver.received), WebhookSender()
    address = webhook_address(f"http://localhost:{PORT}/moved", {f"localhost:{PORT}"})
    with pytest.raises(NotTaken, match="HTTP_307"):
        await sender.post(address, sign(b"k", "m", datetime.now(UTC), b"{}"), b"{}")
    await sender.close()
    assert len(receiver.received) == before


async def test_name_of_a_private_address_is_refused_when_it_is_used(receiver: Receiver) -> None:
    before, sender = len(receiver.received), WebhookSender()
    rebound = WebhookAddress(f"https://localhost:{PORT}/hook", "localhost", PORT, trusted=False)
    with pytest.raises(WebhookAddressRefused):
        await sender.post(rebound, {}, b"{}")
    await sender.close()
    assert len(receiver.received) == before

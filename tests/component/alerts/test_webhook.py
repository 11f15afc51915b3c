"""An organisation's own system is told, signed; a broken one is tried again and then shown as failed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from pingshan_alerts.clients.webhook import NotTaken, WebhookSender
from pingshan_alerts.domain.standard_webhooks import sign, verify
from pingshan_alerts.service import dependencies
from pingshan_alerts.settings import Settings
from pingshan_alerts.usecases.delivery.set_webhook import SetWebhook, set_webhook
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.storage.database import Database
from pingshan_values.outside_address import AddressRefused, Trusted, outside_address
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.support.alerts.service import Rows, fresh, key_bytes, officer, parsed, ponding, until
from tests.support.servers import free_port

PORT = free_port()
SETTINGS = {"outgoing_trusted": f"localhost:{PORT}"}


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
    trusting = settings.model_copy(update={"outgoing_trusted": frozenset({f"localhost:{PORT}"})})
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
    before, sender = len(receiver.received), WebhookSender(Outgoing())
    address = outside_address(f"http://localhost:{PORT}/moved", Trusted.of({f"localhost:{PORT}"}))
    with pytest.raises(NotTaken, match="HTTP_307"):
        await sender.post(address, sign(b"k", "m", datetime.now(UTC), b"{}"), b"{}")
    assert len(receiver.received) == before


async def test_name_that_leads_inside_later_is_refused_when_it_is_used(receiver: Receiver) -> None:
    before, answers = len(receiver.received), [["93.184.215.14"], ["127.0.0.1"]]

    async def resolve(*_: object) -> list[str]:
        return answers.pop(0)

    sender, address = WebhookSender(Outgoing(resolve=resolve)), outside_address(f"https://rebound.example:{PORT}/hook")
    await sender.check(address)
    with pytest.raises(AddressRefused):
        await sender.post(address, {}, b"{}")
    assert len(receiver.received) == before

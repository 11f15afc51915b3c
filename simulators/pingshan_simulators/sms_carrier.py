"""The SMS carrier: takes approved texts over HTTP, shows them as a phone would, sends signed receipts.

Like real carriers it does not deduplicate: the same reference twice is two messages. Numbers that fail on purpose
stand in `sms_carrier_rules.MAGIC`. `SmsCarrier.routes` are mounted at `/carrier`; `SmsCarrier.run()` sends receipts.
"""

import asyncio
import json
import os
import time
from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest, digest
from pathlib import Path
from typing import Any

import httpx
from jinja2 import Environment, PackageLoader
from pingshan_values.shanghai import SHANGHAI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pingshan_simulators.sms_carrier_rules import MAGIC, Refused, Registry, check_number, limit
from pingshan_simulators.sms_carrier_store import Message, Receipt, Store

MODES = ("normal", "slow", "down", "drops-receipts")
_FIELDS = ("reference", "to", "signature", "template_id", "language")
_MAX_BODY = 16_384
_SLOW_SECONDS = 3.0
_RECEIPT_SECONDS = 0.2
_POLL_SECONDS = 0.1
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class CarrierSettings:
    """Holds the settings; `key` is the sender's bearer key; `receipt_key` signs receipts (Standard Webhooks)."""

    folder: Path
    key: str
    receipt_key: str
    receipts_url: str

    @classmethod
    def from_environment(cls) -> "CarrierSettings":
        """Reads `PINGSHAN_SIMULATORS_` `DATA_DIR`, `SMS_CARRIER_KEY_FILE`, `SMS_RECEIPT_KEY_FILE` and
        `SMS_RECEIPTS_URL`. Raises KeyError where one is missing.
        """
        return cls(
            folder=Path(os.environ["PINGSHAN_SIMULATORS_DATA_DIR"]),
            key=_secret("PINGSHAN_SIMULATORS_SMS_CARRIER_KEY_FILE"),
            receipt_key=_secret("PINGSHAN_SIMULATORS_SMS_RECEIPT_KEY_FILE"),
            receipts_url=os.environ["PINGSHAN_SIMULATORS_SMS_RECEIPTS_URL"],
        )


class SmsCarrier:
    """Plays one carrier with its outbox."""

    def __init__(self, settings: CarrierSettings) -> None:
        self._settings = settings
        self._store = Store(settings.folder / "sms_carrier.sqlite")
        self._registry = Registry()
        self._pages = Environment(loader=PackageLoader("pingshan_simulators"), autoescape=True)
        self.mode = "normal"

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self._outbox),
            Route("/messages", self._list),
            Route("/messages", self._send, methods=["POST"]),
            Route("/mode", self._show_mode),
            Route("/mode", self._set_mode, methods=["POST"]),
        ]

    async def run(self) -> None:
        """Sends receipts until cancelled; sends one that is not taken again, later and later."""
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            while True:
                for receipt in self._store.due(time.time()):
                    await self._post(client, receipt)
                await asyncio.sleep(_POLL_SECONDS)

    def close(self) -> None:
        self._store.close()

    async def _send(self, request: Request) -> Response:
        try:
            return JSONResponse({"message_id": await self._accept(request)}, status_code=202)
        except Refused as refused:
            return JSONResponse({"code": refused.code}, status_code=refused.status)

    async def _accept(self, request: Request) -> str:
        offered = request.headers.get("authorization", "").encode()
        if not compare_digest(offered, f"Bearer {self._settings.key}".encode()):
            raise Refused("KEY_INVALID", 401)
        if self.mode == "down":
            raise Refused("CARRIER_DOWN", 503)
        message = _message(await request.body())
        magic = check_number(message["to"])
        if magic.down_once and self._store.first_time(message["reference"]):
            raise Refused("CARRIER_DOWN", 503)
        text = self._registry.text(message)
        self._refuse_excess(message["to"], message["template_id"])
        if self.mode == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
        message_id = self._store.accept(
            reference=message["reference"], number=message["to"], template_id=message["template_id"], text=text
        )
        if magic.receipt is not None and self.mode != "drops-receipts":
            due_at = time.time() + (_RECEIPT_SECONDS if magic.delay is None else magic.delay)
            for _ in range(magic.receipts):
                self._store.promise(message_id, message["reference"], magic.receipt, magic.code, due_at)
        return message_id

    def _refuse_excess(self, number: str, template_id: str) -> None:
        if self._store.sent_since(number, template_id, time.time() - 60) >= limit(template_id):
            raise Refused("LIMIT_PER_NUMBER", 429)

    async def _post(self, client: httpx.AsyncClient, receipt: Receipt) -> None:
        fields = ("message_id", "reference", "state", "code")
        body = json.dumps({name: getattr(receipt, name) for name in fields}).encode()
        headers = {"content-type": "application/json", **self._signature(receipt.receipt_id, body)}
        try:
            response = await client.post(self._settings.receipts_url, content=body, headers=headers)
        except httpx.HTTPError:
            response = None
        if response is not None and response.is_success:
            self._store.taken(receipt)
        else:
            self._store.later(receipt, time.time() + min(_LONGEST_WAIT, 0.5 * 2.0 ** min(receipt.attempts, 10)))

    def _signature(self, receipt_id: str, body: bytes) -> dict[str, str]:
        seconds = str(int(time.time()))
        signed = digest(self._settings.receipt_key.encode(), f"{receipt_id}.{seconds}.".encode() + body, "sha256")
        return {
            "webhook-id": receipt_id,
            "webhook-timestamp": seconds,
            "webhook-signature": "v1," + b64encode(signed).decode(),
        }

    async def _list(self, request: Request) -> Response:
        messages = self._store.messages(_number(request))
        return JSONResponse({"messages": [_shown(message) for message in messages]})

    async def _outbox(self, request: Request) -> Response:
        page = self._pages.get_template("sms_carrier.html").render(
            messages=[_shown(message) for message in self._store.messages(_number(request))],
            number=_number(request) or "",
            mode=self.mode,
            modes=MODES,
            magic=MAGIC,
            path=request.url.path.rstrip("/"),
        )
        return HTMLResponse(page)

    async def _show_mode(self, _: Request) -> Response:
        return JSONResponse({"mode": self.mode, "modes": MODES})

    async def _set_mode(self, request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}":
            return JSONResponse({"code": "OTHER_ORIGIN"}, status_code=403)
        from_page = "json" not in request.headers.get("content-type", "")
        form = await request.form() if from_page else await request.json()
        mode = form.get("mode")
        if mode not in MODES:
            return JSONResponse({"code": "MODE_UNKNOWN", "modes": MODES}, status_code=400)
        self.mode = mode
        if from_page:
            return RedirectResponse(request.url.path.removesuffix("mode"), status_code=303)
        return JSONResponse({"mode": self.mode})


def _secret(variable: str) -> str:
    return Path(os.environ[variable]).read_text(encoding="utf-8").strip()


def _message(body: bytes) -> dict[str, Any]:
    if len(body) > _MAX_BODY:
        raise Refused("TOO_LARGE", 413)
    try:
        message = json.loads(body)
    except ValueError as error:
        raise Refused("NOT_JSON") from error
    if not (isinstance(message, dict) and all(isinstance(message.get(name), str) for name in _FIELDS)):
        raise Refused("FIELDS_INVALID")
    variables = message.get("variables")
    if not (isinstance(variables, dict) and all(isinstance(value, str) for value in variables.values())):
        raise Refused("FIELDS_INVALID")
    return message


def _number(request: Request) -> str | None:
    """Returns the number that is asked for; a plus in a query string is a space to most clients."""
    number = request.query_params.get("to", "").strip()
    return f"+{number}" if number.isdigit() else number or None


def _shown(message: Message) -> dict[str, Any]:
    at = datetime.fromtimestamp(message.accepted_at, SHANGHAI).isoformat(timespec="milliseconds")
    return {**asdict(message), "to": message.number, "accepted_at": at}

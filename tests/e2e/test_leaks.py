"""After the demo and many refused acts, no log, trace, stream, error column or history has what people gave."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from pingshan_tools import secret_files
from pingshan_tools.demo import ponding
from pingshan_tools.demo.browser import Stuck
from pingshan_tools.demo.stage import Stage
from pingshan_tools.edges import ROOT, SERVICES
from pingshan_tools.embedded.nats import ADMIN
from temporalio.client import Client

from tests.support.canaries import CANARIES, MOBILE, NAME, NUMBER, PASSWORD, TOKEN, found_in
from tests.support.played import Played
from tests.support.running import RunningPlatform

_EXPORTED = 6.0
"""Seconds until every process has exported its spans: the SDK sends every 5 s."""
_OUTSIDE = frozenset({"simulators", "trace-sink"})
"""Logs of parties that are not the platform."""


@dataclass(frozen=True)
class Written:
    logs: dict[str, str]
    traces: str
    streams: str
    failures: str
    histories: str


def _known(platform: RunningPlatform) -> list[str]:
    """What people gave and what opens the platform: names, numbers, passwords, keys."""
    public = json.loads((ROOT / "services/identity/pingshan_identity/seed/public.json").read_text("utf-8"))["public"]
    people = [each[name] for each in public for name in ("name", "mobile_number", "person_number")]
    secrets = [value for group in platform.sign_ins().values() for value in group.values() if isinstance(value, str)]
    files = [file.read_text("utf-8").strip() for file in platform.places.secrets.rglob("*") if file.is_file()]
    short = [text for text in files if text.isascii() and 16 <= len(text) <= 200 and "\n" not in text]
    return [*CANARIES, *people, *secrets, *short]


@pytest.fixture(scope="module")
async def written(running_platform: RunningPlatform, played: Played) -> Written:
    await asyncio.to_thread(_be_refused, running_platform)
    await asyncio.to_thread(_be_told_by_webhook, running_platform, played.run_id)
    await asyncio.sleep(_EXPORTED)
    places = running_platform.places
    query = "SELECT (to_jsonb(t) - 'payload')::text FROM {} t"
    failures = [
        await running_platform.rows(service, query.format(table))
        for service in SERVICES
        for table in ("dead_letter", "job")
    ]
    deliveries = await running_platform.rows("alerts", "SELECT to_jsonb(d)::text FROM delivery d")
    return Written(
        logs={file.stem: _text(file) for file in places.logs.glob("*.log") if file.stem not in _OUTSIDE},
        traces="".join(_text(file) for file in places.traces.rglob("*") if file.is_file()),
        streams=await _streams(running_platform),
        failures=repr([failures, deliveries]),
        histories=await _histories(running_platform),
    )


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace")


def _be_refused(platform: RunningPlatform) -> None:
    """Gives every service the values where they are wrong: in paths, queries, headers, forms and documents."""
    headers = {"authorization": f"Bearer {TOKEN}", "cookie": f"__Host-session={TOKEN}", "x-forwarded-for": NUMBER}
    everything = {"login": MOBILE, "name": NAME, "password": PASSWORD, "code": TOKEN, "number": NUMBER, "to": "nowhere"}
    token = {"grant_type": "authorization_code", "client_id": NUMBER, "client_secret": PASSWORD, "code": TOKEN}
    posts: list[tuple[str, str, dict[str, Any]]] = [
        ("identity", "/token", {"data": token}),
        ("identity", "/register", {"json": {"client_name": NAME, "redirect_uris": [f"https://rp.example/?k={TOKEN}"]}}),
        ("identity", "/introspect", {"data": {"token": TOKEN}}),
        ("identity", "/par", {"data": token | {"state": TOKEN}}),
        ("e-license", "/v1/licenses:verify", {"json": {"identifier": TOKEN, "holder": {"name": NAME}}}),
        ("e-license", "/v1/licenses", {"json": everything}),
        ("workflow", "/v1/cases", {"json": everything}),
        ("alerts", "/v1/detections/video", {"json": everything}),
        ("alerts", "/v1/carrier-receipts", {"json": everything}),
        ("wifi-portal", "/number", {"data": {"mobile": MOBILE}}),
        ("wifi-portal", "/code", {"data": {"code": TOKEN}}),
    ]
    with httpx.Client(headers=headers, timeout=20) as client:
        for service in SERVICES:
            origin = platform.url(service)
            for path in (f"/{TOKEN}", "/", "/authorize", "/sign-in", "/sign-in/callback", "/verify", f"/cases/{NAME}"):
                client.get(f"{origin}{path}", params=everything)
            client.post(f"{origin}/sign-in", data=everything)
            client.post(
                f"{origin}/v1/x", content=json.dumps(everything)[:-5], headers={"content-type": "application/json"}
            )
        for service, path, body in posts:
            client.post(f"{platform.url(service)}{path}", **body)
    stage = Stage("leaks", platform.ports, platform.places, lambda _: None)
    page = stage.browser("stranger").open(f"{platform.url('identity')}/public/sign-in")
    with suppress(Stuck):
        stage.browser("stranger").submit(page, "/public/sign-in/code/send", {"mobile": MOBILE.removeprefix("+86")})
    with suppress(Stuck):
        stage.browser("stranger").submit(page, "/public/sign-in", {"login": MOBILE, "password": PASSWORD})


def _be_told_by_webhook(platform: RunningPlatform, run_id: str) -> None:
    """The water bureau's own system is told at an address that is a key, and does not answer as it should."""
    stage = Stage.resume(f"{run_id}-leaks", platform.ports, platform.places, lambda _: None)
    url = stage.simulator(f"/robot/{TOKEN}/send?access_token={TOKEN}")
    platform.let_codes_be_used_again()
    page = stage.open("operator01", "alerts", "/channels")
    stage.submit("operator01", page, "/channels/webhooks", {"organisation": "water", "url": url})
    alert_id = ponding.detect(stage)["alert_id"]
    query = "SELECT 1 FROM job WHERE kind = 'deliver-webhook' AND attempts > 0 AND run_at > now()"
    end = time.monotonic() + 20
    while not asyncio.run(platform.rows("alerts", query)) and time.monotonic() < end:
        time.sleep(0.2)
    page = stage.open("operator01", "alerts", "/channels")
    stage.submit("operator01", page, "/channels/webhooks/water/remove", {})
    asyncio.run(
        platform.rows("alerts", "DELETE FROM job WHERE kind = 'deliver-webhook' AND state = 'queued' RETURNING 1")
    )
    assert alert_id


async def _streams(platform: RunningPlatform) -> str:
    password = secret_files.read(platform.places.secrets, "nats", "password")
    client = await nats.connect(platform.addresses.nats, user=ADMIN, password=password)
    jetstream, found = client.jetstream(), []
    for stream in await jetstream.streams_info():
        for number in range(max(stream.state.first_seq, 1), stream.state.last_seq + 1):
            with suppress(nats.js.errors.NotFoundError):
                message = await jetstream.get_msg(str(stream.config.name), number)
                found.append(f"{message.subject} {message.headers} {(message.data or b'').decode('utf-8', 'replace')}")
    await client.close()
    return "\n".join(found)


async def _histories(platform: RunningPlatform) -> str:
    addresses = platform.addresses
    client = await Client.connect(addresses.temporal, namespace=addresses.temporal_namespace)
    found = []
    async for each in client.list_workflows():
        handle = client.get_workflow_handle(each.id, run_id=each.run_id)
        found += [(await handle.fetch_history()).to_json(), str((await handle.describe()).raw_description)]
    return "\n".join(found)


def test_no_log_tells_what_people_gave(written: Written, running_platform: RunningPlatform) -> None:
    known = _known(running_platform)
    assert {"identity", "alerts"} <= written.logs.keys()
    telling = {name: found for name, log in written.logs.items() if (found := found_in(log, known))}
    assert telling == {}


@pytest.mark.parametrize("where", ["traces", "streams", "failures", "histories"])
def test_nothing_else_tells_it(written: Written, running_platform: RunningPlatform, where: str) -> None:
    text = getattr(written, where)
    assert text
    known = _known(running_platform)
    assert [(value, _around(text, value)) for value in found_in(text, known)] == []


def _around(text: str, value: str) -> str:
    at = text.find(value.removeprefix("+86"))
    return text[max(at - 300, 0) : at + 100]

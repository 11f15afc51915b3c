"""What devices ask by themselves: the captive portal API and the makers' probes."""

import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any

import httpx
import pytest
from pingshan_kit.storage.database import Database

from tests.support.alerts.fake import FakeAlerts
from tests.support.wifi_portal.visitor import Visitor, browser

PROBES = json.loads(files("pingshan_wifi_portal").joinpath("seed/probes.json").read_text(encoding="utf-8"))["probes"]


@pytest.fixture(scope="module")
async def client(portal: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(portal) as client:
        yield client


@pytest.fixture(scope="module")
async def device(portal: str, nas_http: httpx.AsyncClient, alerts: FakeAlerts, client: httpx.AsyncClient) -> Visitor:
    """Online."""
    person = Visitor(client, nas_http, "02:00:00:00:60:01")
    await person.join()
    await person.ask_for_code("13800008001")
    await person.submit("/code", code=alerts.code("+8613800008001"))
    await person.login()
    return person


async def ask(client: httpx.AsyncClient, **told: str) -> dict[str, Any]:
    answer = await client.get("/captive-portal/api", params=told)
    assert answer.headers["content-type"] == "application/captive+json"
    assert "no-store" in answer.headers["cache-control"]
    body: dict[str, Any] = answer.json()
    return body


async def test_the_api_says_captive_before_and_free_after(
    client: httpx.AsyncClient, device: Visitor, visitor: Callable[..., Visitor]
) -> None:
    stranger = await ask(client, nasid="ps-pingshan-04", mac="02:00:00:00:60:99")
    assert stranger["captive"] is True
    assert stranger["user-portal-url"].startswith("http://localhost:")
    inside = await ask(client, **device.told)
    assert inside["captive"] is False
    assert 14_000 < inside["seconds-remaining"] <= 14_400
    assert inside["bytes-remaining"] == 500_000_000
    await device.traffic(1_000_000)
    assert (await ask(client, **device.told))["bytes-remaining"] == 499_000_000


async def test_the_api_answers_nonsense_as_captive(client: httpx.AsyncClient) -> None:
    for told in ({"nasid": "?", "mac": "x"}, {"nasid": "a" * 9_000}, {"mac": "<script>"}, {}):
        assert (await ask(client, **told))["captive"] is True


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: f"{probe['maker']} {probe['host']}{probe['path']}")
async def test_a_probe_is_redirected_before_and_confirmed_after(
    client: httpx.AsyncClient, device: Visitor, database: Database, probe: dict[str, Any]
) -> None:
    headers = {"host": probe["host"]} if probe["host"] else {}
    before = await client.get(probe["path"], headers=headers)
    assert before.status_code == 302
    assert before.headers["location"].startswith("http://localhost:")
    after = await client.get(probe["path"], params=device.told, headers=headers)
    assert after.status_code == probe["status"]
    assert after.text == probe["body"]
    if probe["type"]:
        assert after.headers["content-type"].startswith(probe["type"])

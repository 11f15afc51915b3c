"""The operators' pages, REST and gRPC."""

from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.wifi_portal.v1 import hotspot_pb2, hotspot_pb2_grpc, session_pb2, session_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.settings import Settings
from pydantic_settings import SettingsConfigDict

from tests.support.alerts.fake import FakeAlerts
from tests.support.e_license.service import fake_identity
from tests.support.platform import BoundService, TestPlatform
from tests.support.tokens import TokenIssuer
from tests.support.wifi_portal.console import signed_in
from tests.support.wifi_portal.visitor import Visitor, all_applied, hidden_fields, rows, until

Visitors = Callable[..., Visitor]


class AlertsSettings(ServiceSettings):
    service: ClassVar[str] = "alerts"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_ALERTS_")


@pytest.fixture(scope="module")
async def operator(bound: BoundService, portal: str, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with fake_identity(bound.fields["rpc_identity"]):
        client = await signed_in(bound.settings(Settings), database, "operator")
        yield client
        await client.aclose()


async def test_hotspots_are_found_by_name_and_street_in_pages(operator: httpx.AsyncClient) -> None:
    first = await operator.get("/console")
    assert "共 282 个热点" in first.text
    assert "第 1 页，共 6 页" in first.text
    assert "PS-HS-282" in (await operator.get("/console?page=6")).text
    found = await operator.get("/console", params={"q": "坪山中心公园", "street": "street_pingshan"})
    assert "PS-HS-057" in found.text
    assert "共 1 个热点" in found.text
    assert "没有符合条件的热点" in (await operator.get("/console?q=100%25_")).text
    assert (await operator.get("/console?page=x&street=nowhere")).status_code == 200


async def test_every_page_speaks_english(operator: httpx.AsyncClient) -> None:
    for path in (
        "/console",
        "/console/sessions",
        "/console/controllers",
        "/console/limits",
        "/console/hotspots/PS-HS-057",
    ):
        answer = await operator.get(path, params={"language": "en"})
        assert answer.status_code == 200
        assert "Controllers" in answer.text
    await operator.get("/console?language=zh-Hans")


async def test_a_hotspot_that_does_not_exist(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/console/hotspots/PS-HS-999")).status_code == 404


async def test_an_operator_sees_a_masked_number_and_ends_the_session(
    operator: httpx.AsyncClient, visitor: Visitors, alerts: FakeAlerts, database: Database
) -> None:
    person = visitor()
    await person.join()
    await person.ask_for_code("13800006001")
    await person.submit("/code", code=alerts.code("+8613800006001"))
    await person.login()
    await all_applied(database)
    page = await operator.get("/console/sessions")
    assert "138****6001" in page.text
    assert "13800006001" not in page.text
    query = "SELECT session_id FROM wifi_session WHERE device_mac = :mac"
    session_id = (await rows(database, query, mac=person.mac))[0].session_id
    token = {"csrf_token": hidden_fields(page.text)["csrf_token"]}
    answer = await operator.post(f"/console/sessions/{session_id}/end", data=token)
    assert answer.status_code == 303

    async def ended() -> Any:
        device = await person.device()
        stored = await rows(database, "SELECT end_cause FROM wifi_session WHERE session_id = :id", id=session_id)
        return not device["online"] and stored[0].end_cause == "admin-reset"

    await until(ended)
    again = await operator.post(f"/console/sessions/{session_id}/end", data=token)
    assert again.status_code == 404


async def test_somebody_without_the_role_sees_nothing(bound: BoundService, database: Database, portal: str) -> None:
    client = await signed_in(bound.settings(Settings), database, "officer")
    for path in ("/console", "/console/sessions", "/console/controllers"):
        assert (await client.get(path)).status_code == 403
    await client.aclose()


async def test_rest_lists_all_hotspots_page_by_page(portal: str, identity_tokens: TokenIssuer) -> None:
    headers = identity_tokens.bearer("wifi-portal", "operator")
    seen, token = [], ""
    async with httpx.AsyncClient(base_url=portal, headers=headers) as client:
        while True:
            page = (await client.get("/v1/hotspots", params={"page_size": 100, "page_token": token})).json()
            seen += [hotspot["hotspot_id"] for hotspot in page["hotspots"]]
            if not (token := page["next_page_token"]):
                break
        assert len(seen) == len(set(seen)) == 282
        park = (await client.get("/v1/hotspots/PS-HS-057")).json()
        assert park["name"] == "坪山中心公园"
        missing = await client.get("/v1/hotspots/nowhere")
        assert (missing.status_code, missing.json()["code"]) == (404, "WIFI_PORTAL_HOTSPOT_NOT_FOUND")
        assert (await client.get(f"/v1/sessions/{uuid4()}")).status_code == 404
        assert (await client.get("/v1/sessions/x")).status_code == 422
    async with httpx.AsyncClient(base_url=portal) as anonymous:
        assert (await anonymous.get("/v1/hotspots")).status_code == 401


async def test_alerts_may_list_hotspots_and_nothing_else(platform: TestPlatform, portal: str) -> None:
    settings = platform.service("alerts", migrated=False).settings(AlertsSettings)
    channel = rpc.channel(settings, "wifi-portal")
    hotspots = hotspot_pb2_grpc.HotspotServiceStub(channel)
    answer = await hotspots.ListHotspots(hotspot_pb2.ListHotspotsRequest(controller_id="PS-NAS-04", page_size=500))
    assert len(answer.hotspots) == 37
    assert answer.next_page_token == ""
    sessions = session_pb2_grpc.SessionServiceStub(channel)
    for refused in (
        hotspots.GetHotspot(hotspot_pb2.GetHotspotRequest(hotspot_id="PS-HS-057")),
        sessions.GetSession(session_pb2.GetSessionRequest(session_id=str(uuid4()))),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await refused
        assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED
    await channel.close()


async def test_a_session_over_grpc_needs_the_role(
    bound: BoundService, portal: str, identity_tokens: TokenIssuer, database: Database
) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{bound.fields['grpc_port']}") as channel:
        stub = session_pb2_grpc.SessionServiceStub(channel)
        for roles, text, code in (
            (("officer",), str(uuid4()), grpc.StatusCode.PERMISSION_DENIED),
            (("operator",), str(uuid4()), grpc.StatusCode.NOT_FOUND),
            (("operator",), "x", grpc.StatusCode.INVALID_ARGUMENT),
        ):
            metadata = (("authorization", f"Bearer {identity_tokens.mint('wifi-portal', *roles)}"),)
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await stub.GetSession(session_pb2.GetSessionRequest(session_id=text), metadata=metadata)
            assert error.value.code() is code

"""Alerts raised, read, acknowledged and resolved over REST and gRPC."""

from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.alerts.v1 import alert_pb2, alert_pb2_grpc

from tests.support.alerts.service import Rows, fresh
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer


def body(thing: str, **changed: Any) -> dict[str, Any]:
    return {
        "kind": "pump_failed",
        "title_zh": "泵站停机",
        "level": "yellow",
        "owners": ["water"],
        "labels": {"pump": thing},
    } | changed


@pytest.fixture(scope="module")
def water(identity_tokens: TokenIssuer) -> dict[str, str]:
    return identity_tokens.bearer("alerts", "duty-officer", org="water")


async def test_life_of_an_alert(api: httpx.AsyncClient, water: dict[str, str], rows: Rows) -> None:
    raised = await api.post("/v1/alerts", json=body("1", street="street_longtian"), headers=water | fresh())
    assert raised.status_code == 201, raised.text
    address = f"/v1/alerts/{raised.json()['alert_id']}"
    known = (await api.get(address, headers=water)).json()
    assert {each["organisation"] for each in known["deliveries"]} == {"water", "street_longtian", "hall"}
    for _ in range(2):
        done = await api.post(f"{address}/acknowledge", json={"note": "派人"}, headers=water | fresh())
        assert done.status_code == 200
    assert (await api.post(f"{address}/resolve", headers=water | fresh())).status_code == 200
    refused = await api.post(f"{address}/resolve", headers=water | fresh())
    assert (refused.status_code, refused.json()["code"]) == (409, "ALERTS_ALREADY_RESOLVED")
    again = await api.post("/v1/alerts", json=body("1", street="street_longtian"), headers=water | fresh())
    assert again.json() != raised.json(), "the same thing after its end is a new alert"
    acts = await rows.all("SELECT act FROM entry WHERE alert_id = $1 ORDER BY entry_id", raised.json()["alert_id"])
    assert [row["act"] for row in acts] == ["raised", "told", "acknowledged", "resolved"]


async def test_graver_report_tells_more(api: httpx.AsyncClient, water: dict[str, str], rows: Rows) -> None:
    first = await api.post("/v1/alerts", json=body("2"), headers=water | fresh())
    second = await api.post("/v1/alerts", json=body("2", level="red"), headers=water | fresh())
    milder = await api.post("/v1/alerts", json=body("2", level="blue"), headers=water | fresh())
    assert first.json() == second.json() == milder.json()
    alert = (await api.get(f"/v1/alerts/{first.json()['alert_id']}", headers=water)).json()
    assert (alert["level"], alert["report_count"]) == ("red", 3)
    keys = [(each["organisation"], each["post"], each["channel"]) for each in alert["deliveries"]]
    assert len(keys) == len(set(keys))
    assert {key[0] for key in keys} >= {"water", "hall", "urban", "street_maluan"}
    published = await rows.one(
        "SELECT count(*) FROM (SELECT payload FROM outbox UNION ALL SELECT payload FROM event_log) AS known"
        " WHERE payload LIKE $1",
        f"%{alert['alert_id']}%",
    )
    assert published == 2


async def test_second_organisation_is_recorded_too(
    api: httpx.AsyncClient, water: dict[str, str], identity_tokens: TokenIssuer, rows: Rows
) -> None:
    raised = await api.post("/v1/alerts", json=body("3"), headers=water | fresh())
    alert_id = raised.json()["alert_id"]
    for organisation in ("water", "hall"):
        officer = identity_tokens.bearer("alerts", "duty-officer", org=organisation)
        done = await api.post(f"/v1/alerts/{alert_id}/acknowledge", json={}, headers=officer | fresh())
        assert done.status_code == 200
    heard = await rows.all("SELECT organisation FROM acknowledgement WHERE alert_id = $1", alert_id)
    assert {row["organisation"] for row in heard} == {"water", "hall"}


async def test_position_names_the_street(api: httpx.AsyncClient, water: dict[str, str]) -> None:
    placed = body("4", position={"lon": 114.36, "lat": 22.65})
    raised = await api.post("/v1/alerts", json=placed, headers=water | fresh())
    alert = (await api.get(f"/v1/alerts/{raised.json()['alert_id']}", headers=water)).json()
    assert alert["street"] == "street_maluan"


async def test_pages_of_a_list(api: httpx.AsyncClient, water: dict[str, str]) -> None:
    for number in range(5):
        await api.post("/v1/alerts", json=body(f"list-{number}", level="blue"), headers=water | fresh())
    seen: list[str] = []
    token = ""
    while True:
        query = {"page_size": 2, "page_token": token, "state": "open", "level": "blue", "organisation": "water"}
        page = (await api.get("/v1/alerts", params=query, headers=water)).json()
        seen += [alert["alert_id"] for alert in page["alerts"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_over_grpc(api: httpx.AsyncClient, platform: TestPlatform, water: dict[str, str]) -> None:
    address = f"127.0.0.1:{platform.addresses.ports.grpc('alerts')}"
    metadata = (("authorization", water["Authorization"]),)
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = alert_pb2_grpc.AlertServiceStub(channel)
        request = alert_pb2.RaiseAlertRequest(
            request_id=str(uuid4()),
            kind="pump_failed",
            title_zh="泵站停机",
            level=alert_pb2.ALERT_LEVEL_ORANGE,
            owners=["water"],
            longitude=114.36,
            latitude=22.65,
            labels={"pump": "grpc"},
        )
        raised = (await stub.RaiseAlert(request, metadata=metadata)).alert
        assert (await stub.RaiseAlert(request, metadata=metadata)).alert.alert_id == raised.alert_id
        acknowledge = alert_pb2.AcknowledgeAlertRequest(request_id=str(uuid4()), alert_id=raised.alert_id)
        known = (await stub.AcknowledgeAlert(acknowledge, metadata=metadata)).alert
        assert known.state == alert_pb2.ALERT_STATE_ACKNOWLEDGED
        assert known.street == "street_maluan"
        assert {each.organisation for each in known.deliveries} >= {"water", "street_maluan", "hall"}
        wanted = alert_pb2.ListAlertsRequest(state=alert_pb2.ALERT_STATE_ACKNOWLEDGED, page_size=200)
        page = await stub.ListAlerts(wanted, metadata=metadata)
        assert raised.alert_id in [alert.alert_id for alert in page.alerts]

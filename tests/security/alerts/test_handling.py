"""Who may not read, acknowledge, resolve, operate; forged receipts; addresses that are never called."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from pingshan.alerts.v1 import alert_pb2, alert_pb2_grpc, notification_pb2, notification_pb2_grpc
from pingshan_alerts.domain.standard_webhooks import sign
from pingshan_alerts.settings import Settings
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import Rows, cookie_of, fresh, officer, ponding, post_escaped
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

UNREADABLE = (400, "PLATFORM_UNREADABLE")


@pytest.fixture(scope="module")
async def alert_id(api: httpx.AsyncClient, detector: dict[str, str]) -> str:
    answer = await api.post("/v1/detections/video", json=ponding(), headers=detector | fresh())
    return str(answer.json()["alert_id"])


@pytest.mark.parametrize("act", ["acknowledge", "resolve"])
async def test_organisation_that_was_not_told(
    api: httpx.AsyncClient, alert_id: str, identity_tokens: TokenIssuer, act: str
) -> None:
    stranger = identity_tokens.bearer("alerts", "duty-officer", org="education")
    answer = await api.post(f"/v1/alerts/{alert_id}/{act}", json={}, headers=stranger | fresh())
    assert (answer.status_code, answer.json()["code"]) == (403, "ALERTS_NOT_A_RECIPIENT")


@pytest.mark.parametrize("act", ["acknowledge", "resolve"])
@pytest.mark.parametrize("roles", [(), ("viewer",), ("operator",), ("detector",)])
async def test_without_the_role(
    api: httpx.AsyncClient, alert_id: str, identity_tokens: TokenIssuer, act: str, roles: tuple[str, ...]
) -> None:
    person = identity_tokens.bearer("alerts", *roles, org="water")
    answer = await api.post(f"/v1/alerts/{alert_id}/{act}", json={}, headers=person | fresh())
    assert (answer.status_code, answer.json()["code"]) == (403, "PLATFORM_FORBIDDEN")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [(wrong, (404, "ALERTS_ALERT_NOT_FOUND")) for wrong in ("2026-999999", "x", "'; DROP TABLE alert; --", "x" * 500)]
    + [("%00", UNREADABLE)],
)
async def test_no_such_alert(
    api: httpx.AsyncClient, identity_tokens: TokenIssuer, wrong: str, refusal: tuple[int, str]
) -> None:
    water = identity_tokens.bearer("alerts", "duty-officer", org="water")
    answer = await api.get(f"/v1/alerts/{wrong}", headers=water)
    assert (answer.status_code, answer.json()["code"]) == refusal, answer.text


@pytest.mark.parametrize(
    ("note", "refusal"),
    [("长" * 501, (422, "PLATFORM_INVALID_REQUEST")), ("\x00", UNREADABLE), ("\udfff", UNREADABLE)],
)
async def test_note(
    api: httpx.AsyncClient, alert_id: str, identity_tokens: TokenIssuer, note: str, refusal: tuple[int, str]
) -> None:
    water = identity_tokens.bearer("alerts", "duty-officer", org="water")
    body = {"note": note}
    answer = await post_escaped(api, f"/v1/alerts/{alert_id}/acknowledge", body, water | fresh())
    assert (answer.status_code, answer.json()["code"]) == refusal


async def test_same_id_for_another_act(api: httpx.AsyncClient, alert_id: str, identity_tokens: TokenIssuer) -> None:
    headers = identity_tokens.bearer("alerts", "duty-officer", org="water") | fresh()
    assert (await api.post(f"/v1/alerts/{alert_id}/acknowledge", json={}, headers=headers)).status_code == 200
    answer = await api.post(f"/v1/alerts/{alert_id}/acknowledge", json={"note": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "PLATFORM_REQUEST_ID_REUSED")


async def test_form_without_csrf_token(
    api: httpx.AsyncClient, alert_id: str, database: Database, settings: Settings, rows: Rows
) -> None:
    browser = await cookie_of(database, settings, officer("hall"))
    form = {"request_id": str(uuid4())}
    answer = await api.post(f"/alerts/{alert_id}/acknowledge", data=form, headers=browser)
    assert answer.status_code == 403
    assert await rows.one("SELECT count(*) FROM acknowledgement WHERE organisation = 'hall'") == 0


@pytest.mark.parametrize("path", ["/", "/wall", "/wall/stream", "/alerts/GJ-2026-000001", "/channels"])
async def test_page_without_a_role(api: httpx.AsyncClient, database: Database, settings: Settings, path: str) -> None:
    browser = await cookie_of(database, settings, officer("water", "somebody"))
    assert (await api.get(path, headers=browser)).status_code == 403


@pytest.mark.parametrize("query", ["state=x", "page_token=x"])
async def test_strange_filters(api: httpx.AsyncClient, database: Database, settings: Settings, query: str) -> None:
    browser = await cookie_of(database, settings, officer("water"))
    assert (await api.get(f"/?{query}", headers=browser)).status_code in (200, 400, 422)
    water = browser | {"Accept": "application/json"}
    assert (await api.get(f"/v1/alerts?{query}", headers=water)).status_code == 401


@pytest.mark.parametrize("query", ["street=%00", "level=%00", "page_token=%00", "scope=%00"])
async def test_unreadable_filters(
    api: httpx.AsyncClient, database: Database, settings: Settings, identity_tokens: TokenIssuer, query: str
) -> None:
    browser = await cookie_of(database, settings, officer("water"))
    assert (await api.get(f"/?{query}", headers=browser)).status_code == 400
    for caller in (browser | {"Accept": "application/json"}, identity_tokens.bearer("alerts", "duty-officer")):
        answer = await api.get(f"/v1/alerts?{query}", headers=caller)
        assert (answer.status_code, answer.json()["code"]) == UNREADABLE


async def test_channels_are_for_operators(api: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    browser = await cookie_of(database, settings, officer("water"))
    assert (await api.get("/channels", headers=browser)).status_code == 403


@pytest.fixture(scope="module")
async def queued(rows: Rows) -> UUID:
    """A message that waits for its receipt."""
    notification_id = uuid4()
    await rows.all(
        "INSERT INTO notification (notification_id, caller, template_id, language, mobile_number, state)"
        " VALUES ($1, 'service:wifi-portal', 'wifi-code', 'zh-Hans', 'x', 'sent')",
        notification_id,
    )
    return notification_id


class TestReceipts:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"},
            sign(b"another key", "m", datetime.now(UTC), b"{}"),
        ],
        ids=["none", "made up", "another key"],
    )
    async def test_unsigned(self, api: httpx.AsyncClient, queued: UUID, rows: Rows, headers: dict[str, str]) -> None:
        body = {"message_id": "m", "reference": str(queued), "state": "failed", "code": "X"}
        answer = await api.post("/v1/carrier-receipts", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "PLATFORM_UNAUTHENTICATED")
        assert await self._state(rows, queued) == "sent"

    async def test_replayed_later(self, api: httpx.AsyncClient, settings: Settings, queued: UUID, rows: Rows) -> None:
        answer = await self._post(api, settings, queued, datetime.now(UTC) - timedelta(minutes=6))
        assert answer.status_code == 401
        assert await self._state(rows, queued) == "sent"

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"reference": "x", "message_id": "", "state": "read"}'])
    async def test_signed_nonsense(self, api: httpx.AsyncClient, settings: Settings, body: bytes) -> None:
        key = settings.secret("sms_receipt_key").encode()
        answer = await api.post("/v1/carrier-receipts", content=body, headers=sign(key, "m", datetime.now(UTC), body))
        assert answer.status_code == 422

    async def test_of_a_message_that_is_not_ours(self, api: httpx.AsyncClient, settings: Settings) -> None:
        answer = await self._post(api, settings, uuid4(), datetime.now(UTC))
        assert answer.json() == {"changed": False}

    async def test_right_one_changes_it_and_nothing_undoes_that(
        self, api: httpx.AsyncClient, settings: Settings, queued: UUID, rows: Rows
    ) -> None:
        first = await self._post(api, settings, queued, datetime.now(UTC))
        second = await self._post(api, settings, queued, datetime.now(UTC), state="failed")
        assert (first.json(), second.json()) == ({"changed": True}, {"changed": False})
        assert await self._state(rows, queued) == "delivered"

    @staticmethod
    async def _post(
        api: httpx.AsyncClient, settings: Settings, reference: UUID, at: datetime, state: str = "delivered"
    ) -> httpx.Response:
        body = json.dumps({"message_id": "m", "reference": str(reference), "state": state, "code": ""}).encode()
        key = settings.secret("sms_receipt_key").encode()
        return await api.post("/v1/carrier-receipts", content=body, headers=sign(key, "m", at, body))

    @staticmethod
    async def _state(rows: Rows, notification_id: UUID) -> str:
        return str(await rows.one("SELECT state FROM notification WHERE notification_id = $1", notification_id))


class EdgeSettings(ServiceSettings):
    service = "workflow"


class PortalSettings(ServiceSettings):
    service = "wifi-portal"


async def _refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    with pytest.raises(rpc.RemoteError) as told:
        rpc.raise_from(refused.value)
    return refused.value.code(), told.value.reason


async def test_sms_for_a_service_without_the_edge(api: httpx.AsyncClient, platform: TestPlatform) -> None:
    fields = platform.service("workflow", migrated=False).fields
    address = f"127.0.0.1:{platform.addresses.ports.grpc('alerts')}"
    settings = EdgeSettings(**{**fields, "rpc_alerts": address})
    async with rpc.channel(settings, "alerts") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        request = notification_pb2.SendNotificationRequest(request_id=str(uuid4()))
        assert await _refusal(stub.SendNotification(request)) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "PLATFORM_FORBIDDEN",
        )


async def test_sms_by_a_person(api: httpx.AsyncClient, platform: TestPlatform, identity_tokens: TokenIssuer) -> None:
    token = identity_tokens.bearer("alerts", "duty-officer", "operator", "detector")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{platform.addresses.ports.grpc('alerts')}") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        request = notification_pb2.SendNotificationRequest(request_id=str(uuid4()))
        call = stub.SendNotification(request, metadata=(("authorization", token["Authorization"]),))
        assert (await _refusal(call))[0] is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"request_id": "x"}, "PLATFORM_INVALID_REQUEST"),
        ({"template_id": "lottery"}, "ALERTS_TEMPLATE_UNKNOWN"),
        ({"template_id": "sign-in-code"}, "ALERTS_TEMPLATE_NOT_OF_CALLER"),
        (
            {"template_id": "case-closed", "variables": {"case_id": "1", "outcome": "x"}},
            "ALERTS_TEMPLATE_NOT_OF_CALLER",
        ),
        ({"variables": {"code": "请回电", "minutes": "5"}}, "ALERTS_TEMPLATE_VARIABLES_INVALID"),
        ({"variables": {"code": "482913", "minutes": "t.cn/x"}}, "ALERTS_TEMPLATE_VARIABLES_INVALID"),
        ({"variables": {"code": "1"}}, "ALERTS_TEMPLATE_VARIABLES_INVALID"),
        ({"mobile_number": "112"}, "ALERTS_MOBILE_NUMBER_INVALID"),
        ({"variables": {"code": "1\x00", "minutes": "5"}}, "PLATFORM_UNREADABLE"),
        ({"language": "fr"}, "PLATFORM_INVALID_REQUEST"),
    ],
)
async def test_sms_refused(
    api: httpx.AsyncClient, platform: TestPlatform, rows: Rows, changed: dict[str, Any], reason: str
) -> None:
    settings = platform.service("wifi-portal", migrated=False).settings(PortalSettings)
    fields: dict[str, Any] = {
        "request_id": str(uuid4()),
        "template_id": "wifi-code",
        "variables": {"code": "482913", "minutes": "5"},
        "mobile_number": "+8613800000011",
        "language": "zh-Hans",
    }
    before = await rows.one("SELECT count(*) FROM notification")
    async with rpc.channel(settings, "alerts") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        request = notification_pb2.SendNotificationRequest(**fields | changed)
        assert (await _refusal(stub.SendNotification(request)))[1] == reason
    assert await rows.one("SELECT count(*) FROM notification") == before


async def test_foreign_notification_is_not_shown(api: httpx.AsyncClient, platform: TestPlatform, rows: Rows) -> None:
    foreign = uuid4()
    await rows.all(
        "INSERT INTO notification (notification_id, caller, template_id, language, mobile_number)"
        " VALUES ($1, 'service:identity', 'wifi-code', 'zh-Hans', 'x')",
        foreign,
    )
    settings = platform.service("wifi-portal", migrated=False).settings(PortalSettings)
    async with rpc.channel(settings, "alerts") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        call = stub.GetNotification(notification_pb2.GetNotificationRequest(notification_id=str(foreign)))
        assert (await _refusal(call))[1] == "ALERTS_NOTIFICATION_NOT_FOUND"


async def test_alert_over_grpc_without_level(
    api: httpx.AsyncClient, platform: TestPlatform, identity_tokens: TokenIssuer
) -> None:
    token = identity_tokens.bearer("alerts", "duty-officer", org="water")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{platform.addresses.ports.grpc('alerts')}") as channel:
        stub: Any = alert_pb2_grpc.AlertServiceStub(channel)
        request = alert_pb2.RaiseAlertRequest(request_id=str(uuid4()), kind="x_y", title_zh="x", owners=["water"])
        call = stub.RaiseAlert(request, metadata=(("authorization", token["Authorization"]),))
        assert (await _refusal(call))[1] == "PLATFORM_INVALID_REQUEST"

"""Everything that REST refuses: with its code, and without a trace in the database."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.alerts.service import Rows, fresh, ponding, post_escaped
from tests.support.tokens import TokenIssuer

SOON = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
POLE: dict[str, Any] = {
    "pole_id": "PS-HS-021",
    "kind": "pole_rain",
    "value": 42.5,
    "unit": "mm/h",
    "observed_at": "2026-06-01T08:00:00+08:00",
    "position": {"lon": 114.36, "lat": 22.65},
}
ALERT: dict[str, Any] = {
    "kind": "pump_failed",
    "title_zh": "泵站停机",
    "level": "yellow",
    "owners": ["water"],
    "labels": {"pump": "1"},
}
UNREADABLE = (400, "PLATFORM_UNREADABLE")


@pytest.fixture(autouse=True)
async def nothing_was_kept(rows: Rows) -> Any:
    before = await rows.one("SELECT count(*) FROM report")
    yield
    assert await rows.one("SELECT count(*) FROM report") == before


async def _code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    "payload",
    [
        ponding("PS-CAM-999"),
        ponding("CAM-1"),
        ponding(kind="ufo"),
        ponding(kind="pole_sos"),
        ponding(confidence=1.1),
        ponding(confidence="high"),
        ponding(observed_at="2026-06-01T08:00:00"),
        ponding(observed_at="2026-02-30T08:00:00Z"),
        ponding(observed_at="yesterday"),
        ponding(observed_at=SOON),
        ponding(lon=181.0),
        ponding(position={"lon": 114.36}),
        ponding(position={"lon": 114.36, "lat": 22.65, "datum": "gcj02"}),
        ponding(snapshot_ref=""),
        ponding(snapshot_ref="x" * 501),
        ponding(unknown=1),
        {name: value for name, value in ponding().items() if name != "camera_id"},
        {},
        [],
        "x",
    ],
)
async def test_video_detection(api: httpx.AsyncClient, detector: dict[str, str], payload: Any) -> None:
    answer = await post_escaped(api, "/v1/detections/video", payload, detector | fresh())
    assert await _code(answer) == (422, "ALERTS_DETECTION_INVALID")
    for sentence in ("detail", "title"):
        assert answer.json()[sentence]


@pytest.mark.parametrize("snapshot", ["x\x00", "x\ud800"])
async def test_unreadable_video_detection(api: httpx.AsyncClient, detector: dict[str, str], snapshot: str) -> None:
    answer = await post_escaped(api, "/v1/detections/video", ponding(snapshot_ref=snapshot), detector | fresh())
    assert await _code(answer) == UNREADABLE
    for sentence in ("detail", "title"):
        assert answer.json()[sentence]


@pytest.mark.parametrize(
    "changed",
    [
        {"pole_id": "PS-CAM-001"},
        {"kind": "road_ponding"},
        {"value": "much"},
        {"unit": "x" * 17},
        {"observed_at": SOON},
        {"confidence": 0.5},
    ],
)
async def test_pole_report(api: httpx.AsyncClient, detector: dict[str, str], changed: dict[str, Any]) -> None:
    answer = await api.post("/v1/detections/pole", json=POLE | changed, headers=detector | fresh())
    assert await _code(answer) == (422, "ALERTS_DETECTION_INVALID")


@pytest.mark.parametrize(("lon", "lat"), [(114.06, 22.54), (0.0, 0.0), (22.65, 80.0)])
async def test_outside_the_district(api: httpx.AsyncClient, detector: dict[str, str], lon: float, lat: float) -> None:
    answer = await api.post("/v1/detections/video", json=ponding(lon=lon, lat=lat), headers=detector | fresh())
    assert await _code(answer) == (422, "ALERTS_OUTSIDE_DISTRICT")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"", b"NaN", b"null"])
async def test_not_json(api: httpx.AsyncClient, detector: dict[str, str], content: bytes) -> None:
    headers = detector | fresh() | {"content-type": "application/json"}
    answer = await api.post("/v1/detections/video", content=content, headers=headers)
    assert (await _code(answer))[0] in (400, 422)


async def test_too_large(api: httpx.AsyncClient, detector: dict[str, str]) -> None:
    answer = await api.post("/v1/detections/video", content=b"x" * 1_100_000, headers=detector | fresh())
    assert (await _code(answer))[0] == 413


async def test_number_that_is_none(api: httpx.AsyncClient, detector: dict[str, str]) -> None:
    content = json.dumps(ponding(lon=7.0)).replace("7.0", "1e999")
    headers = detector | fresh() | {"content-type": "application/json"}
    answer = await api.post("/v1/detections/video", content=content, headers=headers)
    assert await _code(answer) == UNREADABLE


@pytest.mark.parametrize(
    ("roles", "claims"),
    [
        (("viewer",), {}),
        (("duty-officer",), {}),
        (("operator",), {}),
        ((), {}),
        (("detector",), {}),
    ],
    ids=["viewer", "duty-officer", "operator", "no role", "a person, not a machine"],
)
async def test_detection_by_somebody_else(
    api: httpx.AsyncClient, identity_tokens: TokenIssuer, roles: tuple[str, ...], claims: dict[str, Any]
) -> None:
    headers = identity_tokens.bearer("alerts", *roles, **claims) | fresh()
    assert await _code(await api.post("/v1/detections/video", json=ponding(), headers=headers)) == (
        403,
        "PLATFORM_FORBIDDEN",
    )


@pytest.mark.parametrize("header", ["", "Bearer x", "Bearer x.y.z", "Basic eDp5"])
async def test_detection_by_nobody(api: httpx.AsyncClient, header: str) -> None:
    answer = await api.post("/v1/detections/video", json=ponding(), headers=fresh() | {"Authorization": header})
    assert await _code(answer) == (401, "PLATFORM_UNAUTHENTICATED")


@pytest.mark.parametrize("claims", [{"aud": "workflow"}, {"exp": 1}, {"iss": "http://evil.example"}])
async def test_token_that_is_not_for_us(
    api: httpx.AsyncClient, identity_tokens: TokenIssuer, claims: dict[str, Any]
) -> None:
    token = identity_tokens.bearer("alerts", "detector", person="c", client_id="c", sid=None, **claims)
    answer = await api.post("/v1/detections/video", json=ponding(), headers=token | fresh())
    assert await _code(answer) == (401, "PLATFORM_UNAUTHENTICATED")


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "1"}])
async def test_without_idempotency_key(api: httpx.AsyncClient, detector: dict[str, str], key: dict[str, str]) -> None:
    answer = await api.post("/v1/detections/video", json=ponding(), headers=detector | key)
    assert await _code(answer) == (422, "PLATFORM_INVALID_REQUEST")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "Pump Failed"}, "PLATFORM_INVALID_REQUEST"),
        ({"title_zh": ""}, "PLATFORM_INVALID_REQUEST"),
        ({"title_zh": "   "}, "ALERTS_ALERT_INVALID"),
        ({"title_zh": "长" * 201}, "PLATFORM_INVALID_REQUEST"),
        ({"level": "purple"}, "PLATFORM_INVALID_REQUEST"),
        ({"owners": []}, "PLATFORM_INVALID_REQUEST"),
        ({"owners": ["navy"]}, "ALERTS_ALERT_INVALID"),
        ({"street": "street_futian"}, "ALERTS_ALERT_INVALID"),
        ({"street": "water"}, "ALERTS_ALERT_INVALID"),
        ({"position": {"lon": 114.36, "lat": 22.65}, "street": "street_kengzi"}, "ALERTS_ALERT_INVALID"),
        ({"position": {"lon": 114.06, "lat": 22.54}}, "ALERTS_OUTSIDE_DISTRICT"),
        ({"position": {"lon": 114.06, "lat": 91}}, "PLATFORM_INVALID_REQUEST"),
        ({"labels": {}}, "PLATFORM_INVALID_REQUEST"),
        ({"labels": {str(i): "x" for i in range(65)}}, "PLATFORM_INVALID_REQUEST"),
        ({"labels": {"x": ""}}, "ALERTS_ALERT_INVALID"),
        ({"labels": {"": "x"}}, "ALERTS_ALERT_INVALID"),
        ({"labels": {"x": "\x00"}}, "PLATFORM_UNREADABLE"),
        ({"title_zh": "坏\x00字"}, "PLATFORM_UNREADABLE"),
        ({"title_zh": "坏\ud83d字"}, "PLATFORM_UNREADABLE"),
        ({"extra": 1}, "PLATFORM_INVALID_REQUEST"),
    ],
)
async def test_alert(api: httpx.AsyncClient, identity_tokens: TokenIssuer, changed: dict[str, Any], code: str) -> None:
    officer = identity_tokens.bearer("alerts", "duty-officer", org="water")
    answer = await post_escaped(api, "/v1/alerts", ALERT | changed, officer | fresh())
    assert await _code(answer) == (400 if code == "PLATFORM_UNREADABLE" else 422, code)
    english = await post_escaped(api, "/v1/alerts", ALERT | changed, officer | fresh() | {"Accept-Language": "en"})
    assert english.json()["detail"].isascii()
    assert not answer.json()["detail"].isascii()

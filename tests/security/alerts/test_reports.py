"""Nobody keeps what a camera, a pole or a sibling will report from those whom it concerns, by saying it first."""

from typing import Any

import httpx
import pytest

from tests.support.alerts.service import Rows, fresh, ponding
from tests.support.tokens import TokenIssuer

SAID: dict[str, Any] = {
    "kind": "road_ponding",
    "title_zh": "演练，请忽略",
    "level": "red",
    "owners": ["education"],
}


async def _notified(rows: Rows, alert_id: str) -> set[str]:
    found = await rows.all("SELECT DISTINCT organisation FROM delivery WHERE alert_id = $1", alert_id)
    return {each["organisation"] for each in found}


@pytest.mark.parametrize(("level", "camera"), [("blue", "PS-CAM-081"), ("red", "PS-CAM-082")])
async def test_said_before_the_camera_sees_it(
    api: httpx.AsyncClient, detector: dict[str, str], identity_tokens: TokenIssuer, rows: Rows, level: str, camera: str
) -> None:
    stranger = identity_tokens.bearer("alerts", "duty-officer", org="education")
    said = SAID | {"level": level, "labels": {"camera_id": camera}}
    first = (await api.post("/v1/alerts", json=said, headers=stranger | fresh())).json()["alert_id"]
    answer = await api.post("/v1/detections/video", json=ponding(camera), headers=detector | fresh())
    seen = answer.json()["alert_id"]
    assert seen != first
    assert "water" in await _notified(rows, seen)
    [row] = await rows.all("SELECT title_zh, owners FROM alert WHERE alert_id = $1", seen)
    assert "演练" not in row["title_zh"]
    assert "water" in row["owners"]


async def test_said_before_by_an_officer_of_another_organisation(
    api: httpx.AsyncClient, identity_tokens: TokenIssuer, rows: Rows
) -> None:
    stranger = identity_tokens.bearer("alerts", "duty-officer", org="education")
    water = identity_tokens.bearer("alerts", "duty-officer", org="water")
    said = SAID | {"kind": "pump_stopped", "labels": {"pump": "said-before"}}
    first = (await api.post("/v1/alerts", json=said, headers=stranger | fresh())).json()["alert_id"]
    own = said | {"owners": ["water"], "level": "blue"}
    second = (await api.post("/v1/alerts", json=own, headers=water | fresh())).json()["alert_id"]
    assert second != first
    assert "water" in await _notified(rows, second)
    again = (await api.post("/v1/alerts", json=own, headers=stranger | fresh())).json()["alert_id"]
    assert again == second, "the same thing said twice is one alert"

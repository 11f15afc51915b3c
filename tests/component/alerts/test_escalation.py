"""Nobody acknowledged in time: the next step is told, once; with minutes of a fraction of a second."""

import asyncio

import httpx

from tests.support.alerts.service import Carrier, Rows, fresh, number_of, ponding, until
from tests.support.tokens import TokenIssuer

SETTINGS = {"acknowledge_minute": "0.3"}


async def _raise(api: httpx.AsyncClient, detector: dict[str, str], kind: str, camera: str) -> str:
    answer = await api.post("/v1/detections/video", json=ponding(camera, kind=kind), headers=detector | fresh())
    assert answer.status_code == 202, answer.text
    return str(answer.json()["alert_id"])


async def _groups(rows: Rows, alert_id: str) -> dict[str, bool]:
    """Group → whether it was escalated."""
    found = await rows.all("SELECT who, escalated_at FROM audience WHERE alert_id = $1", alert_id)
    return {row["who"]: row["escalated_at"] is not None for row in found}


async def test_up_to_the_leader_once(
    api: httpx.AsyncClient, detector: dict[str, str], carrier: Carrier, rows: Rows
) -> None:
    alert_id = await _raise(api, detector, "road_ponding", "PS-CAM-091")

    async def all_escalated() -> bool:
        groups = await _groups(rows, alert_id)
        return "hall_leader" in groups and all(groups[who] for who in ("owner", "street", "hall", "neighbours"))

    await until(all_escalated, 30)
    assert not (await _groups(rows, alert_id))["hall_leader"], "the leader is the last"

    async def leader_has_it() -> list[str]:
        messages = await carrier.messages(number_of("hall", "hall-leader"))
        return [each["text"] for each in messages if alert_id in each["text"]]

    assert len(await until(leader_has_it)) == 1
    await asyncio.sleep(1.5)
    assert len(await leader_has_it()) == 1
    hall = [each for each in await carrier.messages(number_of("hall")) if alert_id in each["text"]]
    assert len(hall) == 1, "the hall had it on screen only, and gets one SMS although three groups point to it"
    escalated = await rows.all("SELECT details FROM entry WHERE alert_id = $1 AND act = 'escalated'", alert_id)
    assert len(escalated) == 4


async def test_an_acknowledging_group_is_left_alone(
    api: httpx.AsyncClient, detector: dict[str, str], rows: Rows, identity_tokens: TokenIssuer
) -> None:
    alert_id = await _raise(api, detector, "traffic_congestion", "PS-CAM-092")
    police = identity_tokens.bearer("alerts", "duty-officer", org="traffic_police")
    done = await api.post(f"/v1/alerts/{alert_id}/acknowledge", json={}, headers=police | fresh())
    assert done.status_code == 200, done.text
    due = "SELECT count(*) FROM job WHERE kind = 'escalate-alert' AND key LIKE $1 AND state <> 'done'"

    async def jobs_done() -> bool:
        return bool(await rows.one(due, f"{alert_id}/%") == 0)

    await asyncio.sleep(1)
    await until(jobs_done, 30)
    assert await _groups(rows, alert_id) == {"owner": False, "hall": False}


async def test_a_resolved_alert_is_left_alone(
    api: httpx.AsyncClient, detector: dict[str, str], rows: Rows, identity_tokens: TokenIssuer
) -> None:
    alert_id = await _raise(api, detector, "exposed_garbage", "PS-CAM-093")
    urban = identity_tokens.bearer("alerts", "duty-officer", org="urban")
    assert (await api.post(f"/v1/alerts/{alert_id}/resolve", headers=urban | fresh())).status_code == 200
    await rows.all("UPDATE audience SET acknowledge_by = now() WHERE alert_id = $1", alert_id)
    await rows.all("UPDATE job SET run_at = now() WHERE kind = 'escalate-alert' AND key LIKE $1", f"{alert_id}/%")
    done = "SELECT count(*) FROM job WHERE kind = 'escalate-alert' AND key LIKE $1 AND state = 'done'"

    async def ran() -> bool:
        return bool(await rows.one(done, f"{alert_id}/%") == 1)

    await until(ran, 30)
    assert not any((await _groups(rows, alert_id)).values())

"""A camera in 马峦 sees water on the road; the street, the water bureau and the hall hear it and answer."""

import json
import time
from base64 import b64encode
from typing import Any

import httpx

from pingshan_tools.demo.browser import Stuck, patiently
from pingshan_tools.demo.stage import Stage
from pingshan_tools.edges import ROOT

_ANALYSER = "video-analysis"
_TOLD = {
    "water01": "水务局 · water bureau",
    "street_maluan01": "马峦街道 · street office",
    "hall01": "区指挥大厅 · hall",
}


def detect(stage: Stage) -> dict[str, str]:
    """Reports as the video analysis, with its own token; the answer comes once the alert is durable."""
    camera = _camera(stage)
    payload = {
        "camera_id": camera["id"],
        "kind": "road_ponding",
        "confidence": 0.93,
        "observed_at": stage.moment("detection"),
        "position": camera["position"],
    }
    headers = {"Authorization": f"Bearer {_token(stage)}", "Idempotency-Key": str(stage.uuid("detection"))}
    address = stage.url("alerts", "/v1/detections/video")
    answer = patiently(lambda: httpx.post(address, json=payload, headers=headers, timeout=20))
    if answer.status_code != httpx.codes.ACCEPTED:
        raise Stuck(f"the detection was refused: {answer.text}")
    alert_id = str(answer.json()["alert_id"])
    stage.say(f"道路积水 · road ponding, {camera['name']}: 告警 · alert {alert_id}")
    return {"alert_id": alert_id, "alert_page": stage.url("alerts", f"/alerts/{alert_id}")}


def acknowledge(stage: Stage) -> dict[str, str]:
    """Lets each of the three see the alert on its desk and answer."""
    alert_id = stage.done["detect"]["alert_id"]
    for login, name in _TOLD.items():
        _wait_for_alert(stage, login, alert_id)
        page = stage.open(login, "alerts", f"/alerts/{alert_id}")
        if any(form.action.endswith("/acknowledge") for form in page.forms):
            values = {"note": "已收到，正在处置", "request_id": str(stage.uuid(f"acknowledge-{login}"))}
            stage.submit(login, page, f"/alerts/{alert_id}/acknowledge", values)
        stage.say(f"{name} 已应答 · acknowledged")
    return {"wall": stage.url("alerts", "/wall")}


def _wait_for_alert(stage: Stage, login: str, alert_id: str) -> None:
    end = time.monotonic() + 90
    while not any(f"/alerts/{alert_id}" in link for link in stage.open(login, "alerts", "/").links):
        if time.monotonic() > end:
            raise Stuck(f"{login} was not told of {alert_id}")
        time.sleep(0.5)


def _camera(stage: Stage) -> dict[str, Any]:
    """Returns one of the cameras in 马峦 that watch for ponding; another run takes another one."""
    file = ROOT / "services/alerts/pingshan_alerts/seed/cameras.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    kinds = {kind["code"]: kind["detects"] for kind in content["site_kinds"]}
    cameras: list[dict[str, Any]] = [
        camera
        for camera in content["cameras"]
        if camera["street"] == "street_maluan" and "road_ponding" in kinds[camera["site_kind"]]
    ]
    return cameras[stage.uuid("camera").int % len(cameras)]


def _token(stage: Stage) -> str:
    """Returns an access token for alerts by the video analysis's credentials (RFC 6749 section 4.4)."""
    known = json.loads((stage.places.secrets / "client_secrets.json").read_text(encoding="utf-8"))
    basic = b64encode(f"{_ANALYSER}:{known['clients'][_ANALYSER]}".encode()).decode()
    form = {"grant_type": "client_credentials", "audience": "alerts"}
    address = stage.url("identity", "/token")
    answer = patiently(lambda: httpx.post(address, data=form, headers={"Authorization": f"Basic {basic}"}, timeout=20))
    if answer.status_code != httpx.codes.OK:
        raise Stuck(f"identity gave no token: {answer.text}")
    return str(answer.json()["access_token"])

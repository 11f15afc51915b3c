"""A detection becomes an alert, its audience is told, the SMS arrives, somebody acknowledges."""

import httpx

from tests.support.alerts.service import Carrier, Rows, fresh, number_of, ponding, states, until
from tests.support.tokens import TokenIssuer

TOLD = {
    "water", "traffic_police", "three_defences", "street_maluan", "hall",
    "urban", "ecology", "police", "transport", "emergency",
}  # fmt: skip


async def test_from_camera_to_acknowledgement(
    api: httpx.AsyncClient, detector: dict[str, str], carrier: Carrier, identity_tokens: TokenIssuer
) -> None:
    answer = await api.post("/v1/detections/video", json=ponding(), headers=detector | fresh())
    assert answer.status_code == 202, answer.text
    address = f"/v1/alerts/{answer.json()['alert_id']}"
    water = identity_tokens.bearer("alerts", "duty-officer", org="water")

    alert = (await api.get(address, headers=water)).json()
    assert (alert["level"], alert["street"], alert["state"]) == ("orange", "street_maluan", "open")
    assert {each["organisation"] for each in alert["deliveries"]} == TOLD

    async def delivered() -> dict[tuple[str, str], str] | None:
        found = states((await api.get(address, headers=water)).json()["deliveries"])
        wanted = ("water", "traffic_police", "three_defences", "street_maluan")
        return found if all(found[organisation, "sms"] == "delivered" for organisation in wanted) else None

    found = await until(delivered)
    assert ("hall", "sms") not in found
    message = (await carrier.messages(number_of("street_maluan")))[0]["text"]
    assert message.startswith("【坪山政务】橙色告警 ")
    assert "马峦街道" in message
    assert alert["alert_id"] in message

    done = await api.post(f"{address}/acknowledge", json={"note": "已派泵车"}, headers=water | fresh())
    assert done.status_code == 200, done.text
    assert (await api.get(address, headers=water)).json()["state"] == "acknowledged"


async def test_same_thing_again_counts_up(api: httpx.AsyncClient, detector: dict[str, str], rows: Rows) -> None:
    first, second = [
        (await api.post("/v1/detections/video", json=ponding("PS-CAM-082"), headers=detector | fresh())).json()
        for _ in range(2)
    ]
    assert first == second
    counted = await rows.one("SELECT report_count FROM alert WHERE alert_id = $1", first["alert_id"])
    reports = await rows.one("SELECT count(*) FROM report WHERE alert_id = $1", first["alert_id"])
    assert (counted, reports) == (2, 2)


async def test_same_request_twice_is_one_report(api: httpx.AsyncClient, detector: dict[str, str], rows: Rows) -> None:
    headers = detector | fresh()
    answers = [await api.post("/v1/detections/video", json=ponding("PS-CAM-083"), headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    alert_id = answers[0].json()["alert_id"]
    assert await rows.one("SELECT report_count FROM alert WHERE alert_id = $1", alert_id) == 1


async def test_pole_button_is_red_and_tells_every_street(
    api: httpx.AsyncClient, detector: dict[str, str], rows: Rows
) -> None:
    payload = {
        "pole_id": "PS-HS-021",
        "kind": "pole_sos",
        "observed_at": "2026-06-01T08:00:00+08:00",
        "position": {"lon": 114.33736, "lat": 22.70121},
    }
    answer = await api.post("/v1/detections/pole", json=payload, headers=detector | fresh())
    assert answer.status_code == 202, answer.text
    found = await rows.all(
        "SELECT organisation, channel, state FROM delivery WHERE alert_id = $1", answer.json()["alert_id"]
    )
    streets = {row["organisation"] for row in found if row["organisation"].startswith("street_")}
    assert len(streets) == 6
    voice = {row["state"] for row in found if row["channel"] == "voice"}
    assert voice == {"not_available"}

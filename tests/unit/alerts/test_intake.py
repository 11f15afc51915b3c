"""What a source says, and what becomes an alert of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pingshan_alerts.domain.alert_request import AlertRequest
from pingshan_alerts.domain.detection import from_pole, from_video
from pingshan_alerts.domain.errors import AlertInvalid, DetectionInvalid, OutsideDistrict
from pingshan_alerts.domain.stopped_controller import Hotspot, from_controller
from pingshan_alerts.store.seed_files import reference
from pingshan_values.level import Level
from pingshan_values.position import Position

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KNOWN = reference()
CAMERA = next(camera for camera in KNOWN.cameras.values() if camera.street == "street_maluan")
INSIDE = Position(114.33, 22.69)
STREET = KNOWN.streets.containing(INSIDE)
ELSEWHERE = next(code for code in KNOWN.outlines if code != STREET)
REQUEST = AlertRequest(
    kind="road_ponding",
    title_zh=" 道路积水 ",
    title_en="",
    level=Level.ORANGE,
    owners=("water", "fire", "water"),
    street="",
    position=INSIDE,
    labels={"place": "x"},
)


def test_a_request_is_placed_and_tidied() -> None:
    draft = REQUEST.draft(KNOWN)
    assert (draft.source, draft.street, draft.notifies_street) == ("api", STREET, True)
    assert (draft.title_zh, draft.owners) == ("道路积水", ("water", "fire"))


def test_a_request_without_a_place_notifies_no_street() -> None:
    draft = replace(REQUEST, position=None).draft(KNOWN)
    assert (draft.street, draft.notifies_street) == ("", False)


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, kind="Road ponding"),
        replace(REQUEST, owners=()),
        replace(REQUEST, owners=("nobody",)),
        replace(REQUEST, street="street_nowhere", position=None),
        replace(REQUEST, street=ELSEWHERE),
    ],
    ids=["kind", "no owner", "unknown owner", "unknown street", "another street"],
)
def test_request_refused(request_: AlertRequest) -> None:
    with pytest.raises(AlertInvalid):
        request_.draft(KNOWN)


def test_request_outside_the_district_refused() -> None:
    with pytest.raises(OutsideDistrict):
        replace(REQUEST, position=Position(114.06, 22.54)).draft(KNOWN)


def _seen(camera_id: str) -> dict[str, Any]:
    return {
        "camera_id": camera_id,
        "kind": "road_ponding",
        "observed_at": "2026-06-01T00:00:00Z",
        "position": {"lon": INSIDE.lon, "lat": INSIDE.lat},
        "confidence": 0.9,
    }


def test_a_camera_names_the_place() -> None:
    draft = from_video(KNOWN, _seen(CAMERA.camera_id), NOW)
    assert draft.title_zh == f"{CAMERA.name} 道路积水"
    assert draft.labels == {"camera_id": CAMERA.camera_id}


def test_unknown_camera_refused() -> None:
    with pytest.raises(DetectionInvalid):
        from_video(KNOWN, _seen("PS-CAM-999"), NOW)


@pytest.mark.parametrize("report", [from_video, from_pole])
@pytest.mark.parametrize("payload", [None, [], {}, {"camera_id": "\0"}])
def test_what_breaks_its_contract_is_refused(report: Any, payload: Any) -> None:
    with pytest.raises(DetectionInvalid):
        report(KNOWN, payload, NOW)


def test_a_stopped_controller_is_in_the_middle_of_its_hotspots() -> None:
    hotspots = [
        Hotspot("a", "street_maluan", Position(114.30, 22.60)),
        Hotspot("b", "street_maluan", Position(114.32, 22.64)),
        Hotspot("c", "street_pingshan", Position(114.31, 22.62)),
    ]
    draft = from_controller(KNOWN, "PS-AC-01", hotspots)
    assert (draft.street, draft.position) == ("street_maluan", Position(114.31, 22.62))
    assert draft.title_zh == "PS-AC-01 无线接入控制器停止，影响 3 个热点"
    assert draft.title_en == "PS-AC-01: Wi-Fi access controller stopped, hotspots affected: 3"


def test_a_controller_without_hotspots_is_nowhere() -> None:
    draft = from_controller(KNOWN, "PS-AC-01", [])
    assert (draft.street, draft.position) == ("", None)


def test_a_street_of_another_district_is_left_out() -> None:
    draft = from_controller(KNOWN, "PS-AC-01", [Hotspot("a", "street_nowhere", INSIDE)])
    assert (draft.street, draft.position) == ("", INSIDE)

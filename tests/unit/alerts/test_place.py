"""Which street a position lies in, by the polygons of streets.geojson."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_alerts.domain.detection import place
from pingshan_alerts.domain.errors import OutsideDistrict
from pingshan_alerts.store.seed_files import reference
from pingshan_values.position import Position

CAMERAS: list[dict[str, Any]] = json.loads(
    files("pingshan_alerts").joinpath("seed", "cameras.json").read_text("utf-8")
)["cameras"]


def _inside(ring: list[list[float]], lon: float, lat: float) -> bool:
    """Even-odd rule by hand: the oracle."""
    found = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            found = not found
    return found


def test_every_camera_stands_in_its_street() -> None:
    wrong = [
        camera["id"]
        for camera in CAMERAS
        if reference().streets.containing(Position(**camera["position"])) != camera["street"]
    ]
    assert wrong == []
    assert len(CAMERAS) == 240


@given(lon=st.floats(114.2, 114.5), lat=st.floats(22.55, 22.85))
def test_agrees_with_the_even_odd_rule(lon: float, lat: float) -> None:
    expected = {code for code, ring in reference().outlines.items() if _inside(ring, lon, lat)}
    found = reference().streets.containing(Position(lon, lat))
    assert (found in expected) if expected else found is None


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (114.06, 22.54), (22.69, 114.35 - 90), (-180.0, 90.0)])
def test_outside(lon: float, lat: float) -> None:
    with pytest.raises(OutsideDistrict):
        place(reference().streets, {"lon": lon, "lat": lat})


def test_a_shared_border_belongs_to_one_street() -> None:
    outlines = reference().outlines
    first, *others = outlines.values()
    shared = [corner for corner in first if any(corner in ring for ring in others)]
    assert shared
    assert all(reference().streets.containing(Position(*corner)) in outlines for corner in shared)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_values.level import Level
from pingshan_values.polygon import Areas
from pingshan_values.position import Position, gcj02_to_wgs84, wgs84_to_gcj02
from pingshan_values.street import Street

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
NEXT = {"type": "Polygon", "coordinates": [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]]}


@given(lon=st.floats(73, 135), lat=st.floats(18, 53))
def test_gcj02_there_and_back(lon: float, lat: float) -> None:
    back = gcj02_to_wgs84(wgs84_to_gcj02(Position(lon, lat)))
    assert back.lon == pytest.approx(lon, abs=1e-9)
    assert back.lat == pytest.approx(lat, abs=1e-9)


def test_gcj02_moves_pingshan_by_half_a_kilometre() -> None:
    moved = wgs84_to_gcj02(Position(114.3438, 22.6948))
    assert 0.004 < moved.lon - 114.3438 < 0.006
    assert -0.004 < moved.lat - 22.6948 < -0.002


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (-181, 0), (0, 91), (0, -91), (float("nan"), 0)])
def test_position_off_the_globe_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="longitude"):
        Position(lon, lat)


def test_area_of_a_position() -> None:
    areas = Areas({"square": SQUARE, "next": NEXT})
    assert areas.containing(Position(0.5, 0.5)) == "square"
    assert areas.containing(Position(1.5, 0.5)) == "next"
    assert areas.containing(Position(1, 0.5)) == "square"
    assert areas.containing(Position(3, 3)) is None


def test_levels_and_streets_have_words() -> None:
    assert [level.number for level in Level] == [1, 2, 3, 4]
    assert Level.of_number(2) is Level.ORANGE
    with pytest.raises(ValueError, match="no level 5"):
        Level.of_number(5)
    assert Street("street_maluan").zh == "马峦街道"
    assert Street.MALUAN.en == "Maluan"

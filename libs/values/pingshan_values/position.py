"""Positions on the ground, and the Chinese map datum GCJ-02.

The datum's formula is public knowledge but no kept library on PyPI carries it with types; it is thirty lines.
"""

from dataclasses import dataclass
from math import cos, pi, sin, sqrt

# Krasovsky 1940, on which GCJ-02 is defined: semi-major axis in metres and first eccentricity squared.
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323


@dataclass(frozen=True, slots=True)
class Position:
    """Holds a position in WGS-84 degrees, longitude first as in GeoJSON (RFC 7946 section 3.1.1).

    Raises ValueError outside -180..180 and -90..90.
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise ValueError("longitude must be -180 to 180 and latitude -90 to 90 degrees")


def wgs84_to_gcj02(position: Position) -> Position:
    """Returns the position as Chinese maps draw it, in GCJ-02 degrees; that is right inside mainland China only."""
    d_lon, d_lat = _offset(position)
    return Position(position.lon + d_lon, position.lat + d_lat)


def gcj02_to_wgs84(position: Position) -> Position:
    """Returns the WGS-84 position of a GCJ-02 one, by fixed-point iteration: exact to 1e-9 degrees, 0.1 mm."""
    guess = position
    for _ in range(8):
        d_lon, d_lat = _offset(guess)
        guess = Position(position.lon - d_lon, position.lat - d_lat)
    return guess


def _offset(position: Position) -> tuple[float, float]:
    x, y = position.lon - 105.0, position.lat - 35.0
    phi = position.lat / 180.0 * pi
    magic = 1 - _ECCENTRICITY * sin(phi) ** 2
    lat = _north(x, y) * 180.0 / (_AXIS * (1 - _ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    lon = _east(x, y) * 180.0 / (_AXIS / sqrt(magic) * cos(phi) * pi)
    return lon, lat


def _waves(x: float, *parts: tuple[float, float]) -> float:
    return sum(amplitude * sin(x * pi * frequency) for amplitude, frequency in parts) * 2.0 / 3.0


def _north(x: float, y: float) -> float:
    metres = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    metres += _waves(x, (20.0, 6.0), (20.0, 2.0))
    return metres + _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))


def _east(x: float, y: float) -> float:
    metres = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    metres += _waves(x, (20.0, 6.0), (20.0, 2.0))
    return metres + _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))

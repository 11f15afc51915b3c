"""Draws the district as SVG, without tiles from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

from pingshan_values.position import Position
from pingshan_values.street import Street

WIDTH = 1_000.0
_MARGIN = 20.0


@dataclass(frozen=True, slots=True)
class Outline:
    street: Street
    path: str
    """SVG path data in the map's units."""
    x: float
    y: float
    """Place of the street's name; `x` and `y` in the map's units."""


class StreetMap:
    """Projects the district equirectangularly, true to scale at its middle latitude."""

    def __init__(self, outlines: Mapping[str, Sequence[Sequence[float]]]) -> None:
        points = [point for ring in outlines.values() for point in ring]
        self._west, self._north = min(lon for lon, _ in points), max(lat for _, lat in points)
        east, south = max(lon for lon, _ in points), min(lat for _, lat in points)
        self._narrow = cos(radians((self._north + south) / 2))
        self._scale = (WIDTH - 2 * _MARGIN) / ((east - self._west) * self._narrow)
        self.height = round((self._north - south) * self._scale + 2 * _MARGIN)
        self.width = round(WIDTH)
        self.outlines = [self._outline(code, ring) for code, ring in outlines.items()]

    def place(self, position: Position) -> tuple[float, float]:
        """Returns x and y in the map's units, rounded to a tenth."""
        x = (position.lon - self._west) * self._narrow * self._scale + _MARGIN
        return round(x, 1), round((self._north - position.lat) * self._scale + _MARGIN, 1)

    def _outline(self, code: str, ring: Sequence[Sequence[float]]) -> Outline:
        corners = [self.place(Position(lon, lat)) for lon, lat in ring]
        path = "M" + "L".join(f"{x} {y}" for x, y in corners) + "Z"
        x = sum(corner[0] for corner in corners) / len(corners)
        y = sum(corner[1] for corner in corners) / len(corners)
        return Outline(Street(code), path, round(x, 1), round(y, 1))

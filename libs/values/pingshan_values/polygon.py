"""Areas on the ground, on shapely."""

from collections.abc import Mapping
from typing import Any

from shapely import STRtree
from shapely.geometry import Point, shape

from pingshan_values.position import Position


class Areas:
    """Named polygons that answer in which of them a position lies, by an R-tree.

    A position on a shared border belongs to the first of its neighbours in the order given.
    """

    def __init__(self, geometries: Mapping[str, Mapping[str, Any]]) -> None:
        """Take GeoJSON geometries (RFC 7946) by name."""
        self._names = tuple(geometries)
        self._polygons = [shape(geometry) for geometry in geometries.values()]
        self._tree = STRtree(self._polygons)

    def containing(self, position: Position) -> str | None:
        """The name of the area, None where the position lies in none."""
        found = self._tree.query(Point(position.lon, position.lat), predicate="intersects")
        return self._names[min(found)] if len(found) else None

"""Areas on the ground, on shapely."""

from collections.abc import Mapping
from typing import Any

from shapely import STRtree
from shapely.geometry import Point, shape

from pingshan_values.position import Position


class Areas:
    """Finds in which of its named polygons a position lies, by an R-tree.

    A position on a shared border belongs to the first of its neighbours in the order given.
    """

    def __init__(self, geometries: Mapping[str, Mapping[str, Any]]) -> None:
        """Takes GeoJSON geometries (RFC 7946) by name."""
        self._names = tuple(geometries)
        self._polygons = [shape(geometry) for geometry in geometries.values()]
        self._tree = STRtree(self._polygons)

    def containing(self, position: Position) -> str | None:
        """Returns the name of the area in which the position lies, None where it lies in none."""
        found = self._tree.query(Point(position.lon, position.lat), predicate="intersects")
        return self._names[min(found)] if len(found) else None

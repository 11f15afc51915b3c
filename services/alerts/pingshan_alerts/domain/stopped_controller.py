"""Turns a stopped Wi-Fi controller into a draft of an alert."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_values.position import Position

from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.kind import CONTROLLER_STOPPED
from pingshan_alerts.domain.reference import Reference


@dataclass(frozen=True, slots=True)
class Hotspot:
    """Describes a place with free Wi-Fi."""

    name: str
    street: str
    position: Position


def from_controller(reference: Reference, controller_id: str, hotspots: Sequence[Hotspot]) -> Draft:
    """Returns a draft in the middle of the controller's hotspots, in the street that has most of them.

    Has no position without hotspots, and no street where that one is unknown.
    """
    kind = CONTROLLER_STOPPED
    streets = Counter(hotspot.street for hotspot in hotspots).most_common(1)
    street = streets[0][0] if streets and streets[0][0] in reference.outlines else ""
    return Draft(
        kind=kind.code,
        source="event",
        title_zh=f"{controller_id} {kind.name.zh}，影响 {len(hotspots)} 个热点",
        title_en=f"{controller_id}: {kind.name.en}, hotspots affected: {len(hotspots)}",
        level=kind.level,
        owners=kind.owners,
        street=street,
        position=_middle(hotspots),
        labels={"controller_id": controller_id},
        notifies_street=kind.notifies_street,
    )


def _middle(hotspots: Sequence[Hotspot]) -> Position | None:
    if not hotspots:
        return None
    lon = sum(hotspot.position.lon for hotspot in hotspots) / len(hotspots)
    lat = sum(hotspot.position.lat for hotspot in hotspots) / len(hotspots)
    return Position(round(lon, 5), round(lat, 5))

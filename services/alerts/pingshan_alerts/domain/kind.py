"""Kinds of alert (CAP's `event`): those of the catalogue of detections, and the service's own."""

from dataclasses import dataclass

from pingshan_values.level import Level
from pingshan_values.text import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """Describes a kind of alert: its name, its level, and the organisations responsible for it."""

    code: str
    """CAP's `eventCode`."""
    name: Text
    level: Level
    cap_category: str
    """OASIS CAP 1.2 `category`."""
    owners: tuple[str, ...]
    """Codes of the responsible organisations."""
    notifies_street: bool
    """Whether the street of the place is notified at yellow and blue; at red and orange it always is."""


CONTROLLER_STOPPED = Kind(
    code="controller_stopped",
    name=Text("无线接入控制器停止", "Wi-Fi access controller stopped"),
    level=Level.YELLOW,
    cap_category="Infra",
    owners=("data",),
    notifies_street=False,
)
"""Kind of the alert that is raised from wifi-portal's event, not by a detector."""

"""Kinds of alert, CAP's `event`: the catalogue of detections, and our own."""

from dataclasses import dataclass

from pingshan_values.level import Level
from pingshan_values.text import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said to whom by default."""

    code: str
    """CAP's `eventCode`."""
    name: Text
    level: Level
    cap_category: str
    """OASIS CAP 1.2 `category`."""
    owners: tuple[str, ...]
    """Codes of the responsible organisations."""
    notifies_street: bool
    """The street of the place is notified at yellow and blue too; at red and orange it always is."""


CONTROLLER_STOPPED = Kind(
    code="controller_stopped",
    name=Text("无线接入控制器停止", "Wi-Fi access controller stopped"),
    level=Level.YELLOW,
    cap_category="Infra",
    owners=("data",),
    notifies_street=False,
)
"""Raised from wifi-portal's event, not by a detector."""

"""Kinds of alert: the catalogue of detections, and our own."""

from dataclasses import dataclass

from pingshan_values.level import Level


@dataclass(frozen=True, slots=True)
class Kind:
    """What is told to whom by default."""

    code: str
    zh: str
    en: str
    level: Level
    cap_category: str
    """OASIS CAP 1.2 `category`."""
    owners: tuple[str, ...]
    """Codes of the responsible organisations."""
    tells_street: bool
    """The street of the place is told at yellow and blue too; at red and orange it always is."""


CONTROLLER_STOPPED = Kind(
    code="controller_stopped",
    zh="无线接入控制器停止",
    en="Wi-Fi access controller stopped",
    level=Level.YELLOW,
    cap_category="Infra",
    owners=("data",),
    tells_street=False,
)
"""Raised from wifi-portal's event, not by a detector."""

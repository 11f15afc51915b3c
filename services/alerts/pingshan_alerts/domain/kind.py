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
    notifies_others: bool = True
    """Whether neighbours of the owners and all streets are notified where the level says so."""


CONTROLLER_STOPPED = Kind(
    code="controller_stopped",
    name=Text("无线接入控制器停止", "Wi-Fi access controller stopped"),
    level=Level.YELLOW,
    cap_category="Infra",
    owners=("data",),
    notifies_street=False,
)
"""Kind of the alert that is raised from wifi-portal's event, not by a detector."""

DUTY_FILLED = Kind(
    code="duty_filled",
    name=Text("管理员被应急任命", "Administrator appointed in an emergency"),
    level=Level.RED,
    cap_category="Security",
    owners=("data",),
    notifies_street=False,
    notifies_others=False,
)
"""Kind of the alert that is raised from identity's event: somebody on the server gave away a vacant duty.

It concerns the other administrators and the district hall: for a street there is nothing to do."""

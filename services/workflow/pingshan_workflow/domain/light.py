"""The lights of a clock: 绿 green, 黄 yellow, 红 red, 灰 grey."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pingshan_workflow.domain.calendar import WorkingCalendar


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Remaining:
    """`days` counts working days left after today, negative once overdue."""

    light: Light
    days: int


def remaining(
    calendar: WorkingCalendar, due: date | None, limit: int, today: date, *, stopped: bool = False
) -> Remaining:
    """Green above 20 % and 2 working days; red after the due day; yellow between; grey without a running clock."""
    if due is None or stopped:
        return Remaining(Light.GREY, 0)
    if today > due:
        return Remaining(Light.RED, -calendar.count(due, today))
    left = calendar.count(today, due)
    return Remaining(Light.GREEN if left > 2 and left * 5 > limit else Light.YELLOW, left)

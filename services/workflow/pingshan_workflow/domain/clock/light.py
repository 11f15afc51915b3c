"""The lights of a clock: 绿 green, 黄 yellow, 红 red, 灰 grey."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pingshan_workflow.domain.clock.calendar import WorkingCalendar


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Remaining:
    """Holds the light, and the working days left after today, negative once overdue."""

    light: Light
    days: int


def remaining(calendar: WorkingCalendar, due: date | None, limit: int, today: date) -> Remaining:
    """Returns green above 20 % of the limit and 2 working days, red after the due day, yellow between.

    Returns grey and 0 days without a due day, where no clock runs.
    """
    if due is None:
        return Remaining(Light.GREY, 0)
    if today > due:
        return Remaining(Light.RED, -calendar.count(due, today))
    left = calendar.count(today, due)
    return Remaining(Light.GREEN if left > 2 and left * 5 > limit else Light.YELLOW, left)

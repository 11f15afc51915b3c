"""Rules of from when until when a licence holds."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pingshan_values.errors import Violation
from pingshan_values.shanghai import begin_of, day_after

from pingshan_e_license.domain.errors import PeriodInvalid

LONG_TERM = date(9999, 12, 31)
"""End date by which papers say 长期 (GB/T 36903); it is stored as None."""
_YEARS = re.compile(r"P([1-9][0-9]?)Y")


@dataclass(frozen=True, slots=True)
class Period:
    """Holds the first and last day in Asia/Shanghai; a permanent licence has no last day."""

    effective_on: date
    expires_on: date | None

    def contains(self, day: date) -> bool:
        return self.effective_on <= day and (self.expires_on is None or day <= self.expires_on)

    @property
    def begins_at(self) -> datetime:
        return begin_of(self.effective_on)

    @property
    def ends_at(self) -> datetime | None:
        """Returns the instant after the last day, None for a permanent licence."""
        return None if self.expires_on is None else begin_of(day_after(self.expires_on))


def period_by_rule(rule: str, effective_on: date | None, expires_on: date | None, today: date) -> Period:
    """Returns the period of a new licence. `rule` is `permanent`, `specified` or `PnY`.

    The first day is today unless one is given. `PnY` ends on the day before the n-th anniversary of the first day,
    unless an end is given; `specified` needs both dates. The end 9999-12-31 means 长期, a permanent licence. Raises
    PeriodInvalid where a date is missing, not allowed or out of order, or the period has ended.
    """
    if rule == "specified":
        _want_both(effective_on, expires_on)
    first = effective_on or today
    last = None if expires_on == LONG_TERM else expires_on or _last_day(rule, first)
    if rule == "permanent" and last is not None:
        raise _invalid("expires_on", "这种证照长期有效，不能填写截止日期。", "This type is permanent: no end date.")
    if last is not None and last < first:
        raise _invalid("expires_on", "截止日期不能早于生效日期。", "The end date is before the start date.")
    if last is not None and last < today:
        raise _invalid("expires_on", "截止日期已过，不能颁发。", "The end date has passed.")
    return Period(first, last)


def _want_both(effective_on: date | None, expires_on: date | None) -> None:
    if effective_on is None:
        raise _invalid("effective_on", "这种证照须填写生效日期。", "This type needs a start date.")
    if expires_on is None:
        raise _invalid(
            "expires_on",
            "这种证照须填写截止日期，或选择长期。",
            "This type needs an end date, or 9999-12-31 for long term.",
        )


def _last_day(rule: str, first: date) -> date | None:
    years = _YEARS.fullmatch(rule)
    return None if years is None else _years_later(first, int(years[1])) - timedelta(days=1)


def _years_later(day: date, years: int) -> date:
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, and the year has none: the anniversary is 1 March
        return date(day.year + years, 3, 1)


def _invalid(path: str, zh: str, en: str) -> PeriodInvalid:
    return PeriodInvalid((Violation(path, zh, en),))

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_e_license.domain.errors import PeriodInvalid
from pingshan_e_license.domain.validity import LONG_TERM, Period, period_by_rule

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("rule", "first", "last", "expected"),
    [
        ("P5Y", None, None, Period(TODAY, date(2031, 11, 21))),
        ("P5Y", date(2026, 12, 1), None, Period(date(2026, 12, 1), date(2031, 11, 30))),
        ("P5Y", None, date(2027, 1, 1), Period(TODAY, date(2027, 1, 1))),
        ("P1Y", date(2024, 2, 29), date(2027, 1, 1), Period(date(2024, 2, 29), date(2027, 1, 1))),
        ("P4Y", date(2024, 2, 29), None, Period(date(2024, 2, 29), date(2028, 2, 28))),
        ("P3Y", date(2024, 2, 29), None, Period(date(2024, 2, 29), date(2027, 2, 28))),
        ("permanent", None, None, Period(TODAY, None)),
        ("permanent", None, LONG_TERM, Period(TODAY, None)),
        ("specified", date(2024, 3, 15), LONG_TERM, Period(date(2024, 3, 15), None)),
        ("specified", TODAY, TODAY, Period(TODAY, TODAY)),
    ],
)
def test_periods(rule: str, first: date | None, last: date | None, expected: Period) -> None:
    assert period_by_rule(rule, first, last, TODAY) == expected


@pytest.mark.parametrize(
    ("rule", "first", "last", "path"),
    [
        ("specified", None, LONG_TERM, "effective_on"),
        ("specified", TODAY, None, "expires_on"),
        ("permanent", None, date(2030, 1, 1), "expires_on"),
        ("P5Y", date(2027, 1, 2), date(2027, 1, 1), "expires_on"),
        ("P5Y", date(2020, 1, 1), None, "expires_on"),
        ("P5Y", date(2026, 1, 1), date(2026, 11, 21), "expires_on"),
    ],
)
def test_refused_periods(rule: str, first: date | None, last: date | None, path: str) -> None:
    with pytest.raises(PeriodInvalid) as refused:
        period_by_rule(rule, first, last, TODAY)
    assert refused.value.violations[0].path == path


@given(st.integers(1, 10), st.dates(date(2026, 1, 1), date(2200, 1, 1)))
def test_a_duration_ends_the_day_before_its_anniversary(years: int, first: date) -> None:
    period = period_by_rule(f"P{years}Y", first, None, date(2026, 1, 1))
    assert period.expires_on is not None
    after = date.fromordinal(period.expires_on.toordinal() + 1)
    assert after.year - first.year == years
    assert (after.month, after.day) in {(first.month, first.day), (3, 1)}


def test_days_begin_in_shanghai() -> None:
    period = Period(date(2026, 11, 22), date(2026, 11, 22))
    assert period.begins_at == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 11, 22, 16, tzinfo=UTC)

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import NoVersionLeft, PeriodInvalid, RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import CheckVerdict, parse
from pingshan_e_license.domain.license import Act, License
from pingshan_e_license.domain.life_cycle.new_version import (
    Wish,
    check_decision_number,
    check_kind,
    next_identifier,
    wished_attributes,
    wished_dates,
    wished_holder,
)
from pingshan_e_license.domain.validity import LONG_TERM, Period
from pingshan_values.masked import mask_code

from tests.support.e_license.orders import PERMIT, a_license

FIRST = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.C"
BEFORE = a_license(FIRST)
PERSON = replace(BEFORE, holder=Holder("王小满", "440310199003070015", "111"))
TODAY = date(2027, 1, 10)


def test_the_next_identifier_differs_by_version_and_check_character() -> None:
    assert str(next_identifier(BEFORE))[:-5] == FIRST[:-5]
    assert next_identifier(BEFORE).version == 2
    last = FIRST.replace(".001.C", ".999.")
    found = next(last + check for check in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if _is_right(last + check))
    with pytest.raises(NoVersionLeft):
        next_identifier(replace(BEFORE, identifier=found))


def _is_right(identifier: str) -> bool:
    parsed = parse(identifier)
    return parsed is not None and parsed[1] is CheckVerdict.VALID


@pytest.mark.parametrize("act", [Act.RENEW, Act.CHANGE])
def test_a_renewal_or_change_keeps_its_holder(act: Act) -> None:
    assert wished_holder(act, BEFORE, Wish()) == BEFORE.holder
    assert wished_holder(act, BEFORE, Wish(holder_name="改了名的公司")).name == "改了名的公司"
    with pytest.raises(RequestInvalid) as refused:
        wished_holder(act, BEFORE, Wish(holder_code="11440310TEXT00025J"))
    assert [each.path for each in refused.value.violations] == ["holder_code"]


def test_a_correction_may_name_whom_it_was_meant_for() -> None:
    assert wished_holder(Act.CORRECT, BEFORE, Wish(holder_code="11440310TEXT00025J")).code == "11440310TEXT00025J"


def test_a_mask_stands_for_what_it_hides(catalogue: dict[str, LicenseType]) -> None:
    shown = wished_holder(Act.CHANGE, PERSON, Wish(holder_name="王*满", holder_code=mask_code("440310199003070015")))
    assert shown.name == "王小满"
    permit = catalogue["food-business-permit"]
    assert wished_attributes(permit, BEFORE, Wish()) == PERMIT
    masked = PERMIT | {"legal_representative": "王*满", "premises": "深圳市坪山区金龙路1号"}
    assert wished_attributes(permit, BEFORE, Wish(attributes=masked)) == PERMIT | {"premises": "深圳市坪山区金龙路1号"}
    without = {name: value for name, value in masked.items() if name not in {"legal_representative", "premises"}}
    left = wished_attributes(permit, BEFORE, Wish(attributes=without))
    assert left["legal_representative"] == "王小满"
    assert "premises" not in left


def dates(act: Act, wish: Wish, before: License = BEFORE) -> tuple[date | None, date | None]:
    return wished_dates(act, before, wish, TODAY)


def test_the_period_of_each_kind() -> None:
    ends = BEFORE.period.expires_on
    assert dates(Act.RENEW, Wish()) == (TODAY, None)
    assert dates(Act.CHANGE, Wish()) == (TODAY, ends)
    assert dates(Act.CHANGE, Wish(expires_on=ends)) == (TODAY, ends)
    assert dates(Act.CORRECT, Wish()) == (BEFORE.period.effective_on, ends)
    assert dates(Act.CORRECT, Wish(effective_on=date(2026, 11, 23))) == (date(2026, 11, 23), ends)
    permanent = replace(BEFORE, period=Period(date(2026, 1, 1), None))
    assert dates(Act.CHANGE, Wish(), permanent) == (TODAY, LONG_TERM)


@pytest.mark.parametrize(
    ("act", "wish", "path"),
    [
        (Act.RENEW, Wish(effective_on=TODAY + timedelta(days=1)), "effective_on"),
        (Act.CHANGE, Wish(effective_on=BEFORE.period.effective_on - timedelta(days=1)), "effective_on"),
        (Act.CHANGE, Wish(expires_on=date(2050, 1, 1)), "expires_on"),
    ],
)
def test_periods_that_are_refused(act: Act, wish: Wish, path: str) -> None:
    with pytest.raises(PeriodInvalid) as refused:
        dates(act, wish)
    assert [each.path for each in refused.value.violations] == [path]


@pytest.mark.parametrize("act", [each for each in Act if each not in {Act.RENEW, Act.CHANGE, Act.CORRECT}])
def test_other_acts_are_no_kind_of_renewal(act: Act) -> None:
    with pytest.raises(RequestInvalid):
        check_kind(act)


def test_a_restoration_names_its_decision() -> None:
    check_decision_number("深坪府行复〔2026〕12号")
    for wrong in ("", "x" * 101, "a\nb"):
        with pytest.raises(RequestInvalid):
            check_decision_number(wrong)

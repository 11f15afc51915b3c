"""Predicates answer true or false, and fields come from licences that are valid today only."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import License, Standing
from pingshan_e_license.domain.sharing.answer import (
    Asked,
    HeldLicenses,
    Question,
    answer_of,
    has_reached,
    holds,
    keep_until,
)
from pingshan_e_license.domain.sharing.division import lies_within
from pingshan_e_license.domain.sharing.item import PredicateType
from pingshan_e_license.domain.validity import Period

from tests.support.e_license.sharing import ITEMS

TODAY = date(2026, 11, 30)


def a_license(type_code: str, first: date = date(2020, 1, 1), last: date | None = None, **attributes: Any) -> License:
    return License(
        license_id=UUID(int=1),
        identifier="",
        type=type_code,
        agency="amr",
        serial_number="1",
        version=1,
        holder=Holder("王小满", "440310199003070015", "111"),
        attributes=attributes,
        period=Period(first, last),
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        case_id="",
        credential=Credential("", ()),
    )


def revoked(licence: License) -> License:
    return replace(licence, standing=Standing.REVOKED)


def asks(item: str, predicate: str, licences: list[License], **parameters: str) -> bool:
    return holds(ITEMS[item].predicates[predicate], parameters, HeldLicenses(licences), TODAY)


def test_the_seed_has_what_its_comment_counts() -> None:
    assert len(ITEMS) == 19
    assert sum(each.needs_consent for each in ITEMS.values()) == 7
    assert sum(not each.fields for each in ITEMS.values()) == 8
    assert {each.type for item in ITEMS.values() for each in item.predicates.values()} == set(PredicateType)


def test_items_fit_the_catalogue(catalogue: dict[str, LicenseType]) -> None:
    """Every field exists in every type of its item, and every attribute in the type of its predicate."""
    for item in ITEMS.values():
        for code in item.license_types:
            assert set(item.fields) <= {each.name for each in catalogue[code].attributes}
        for predicate in item.predicates.values():
            assert predicate.license_type in item.license_types
            if predicate.field:
                assert predicate.field in {each.name for each in catalogue[predicate.license_type].attributes}


def test_every_expression_uses_its_parameters() -> None:
    for item in ITEMS.values():
        for predicate in item.predicates.values():
            given = {each.name for each in predicate.operands if not isinstance(each, str | int | list)}
            assert given == set(predicate.parameters)


@pytest.mark.parametrize(
    ("day", "answer"), [("2026-01-01", True), ("2025-12-31", False), ("2027-02-28", True), ("2027-03-01", False)]
)
def test_valid_on(day: str, answer: bool) -> None:
    licence = a_license("business-licence", date(2026, 1, 1), date(2027, 2, 28))
    assert asks("SI-01", "is_valid", [licence], day=day) is answer
    assert not asks("SI-01", "is_valid", [revoked(licence)], day=day)
    assert not asks("SI-01", "is_valid", [], day=day)


def test_valid_on_has_no_end_for_the_long_term() -> None:
    assert asks("SI-01", "is_valid", [a_license("business-licence")], day="9999-12-31")


def test_valid_on_a_day_that_has_passed_or_comes() -> None:
    """Whoever asks for last week is answered for last week, also where the licence has expired since."""
    expired = a_license("business-licence", date(2025, 1, 1), date(2026, 11, 1))
    assert asks("SI-01", "is_valid", [expired], day="2026-10-31")
    coming = a_license("business-licence", date(2026, 12, 1))
    assert asks("SI-01", "is_valid", [coming], day="2026-12-01")
    assert not asks("SI-01", "is_valid", [coming], day="2026-11-30")


@pytest.mark.parametrize(
    ("last", "day", "answer"),
    [
        (None, "9999-12-31", True),
        (date(2027, 1, 2), "2027-01-01", True),
        (date(2027, 1, 1), "2027-01-01", False),
        (date(2026, 11, 1), "2026-10-01", False),
    ],
)
def test_expires_after(last: date | None, day: str, answer: bool) -> None:
    permit = a_license("construction-permit", last=last)
    assert asks("SI-09", "lasts_through_works", [permit], last_night=day) is answer


def test_equals() -> None:
    licence = a_license("business-licence", name="小满餐饮")
    assert asks("SI-02", "sign_name_matches", [licence], sign_name="小满餐饮")
    assert not asks("SI-02", "sign_name_matches", [licence], sign_name="小满")
    assert not asks("SI-02", "sign_name_matches", [a_license("business-licence")], sign_name="")


def test_equals_a_fixed_value() -> None:
    assert asks(
        "SI-14", "is_unemployed", [a_license("employment-entrepreneurship-certificate", employment_status="失业")]
    )
    assert not asks(
        "SI-14", "is_unemployed", [a_license("employment-entrepreneurship-certificate", employment_status="就业")]
    )


def test_one_of() -> None:
    assert asks("SI-16", "level_at_least:<n>", [a_license("disability-certificate", level="二级")])
    assert not asks("SI-16", "level_at_least:<n>", [a_license("disability-certificate", level="三级")])


def test_scope_contains_the_value_exactly() -> None:
    permit = a_license("hazardous-chemical-business-permit", scope=["氰化钠", "甲醇"])
    assert asks("SI-19", "permits_chemical", [permit], chemical="甲醇")
    assert not asks("SI-19", "permits_chemical", [permit], chemical="甲")
    text = a_license("hazardous-chemical-business-permit", scope="氰化钠")
    assert not asks("SI-19", "permits_chemical", [text], chemical="氰化")


@pytest.mark.parametrize(
    ("born", "day", "answer"),
    [
        ("1966-11-03", "2026-11-03", True),
        ("1966-11-03", "2026-11-02", False),
        ("1968-02-29", "2028-02-28", False),
        ("1968-02-29", "2028-02-29", True),
    ],
)
def test_age_over(born: str, day: str, answer: bool) -> None:
    card = a_license("resident-identity-card", birth_date=born)
    assert asks("SI-17", "age_over:60", [card], day=day) is answer


@pytest.mark.parametrize(
    ("born", "years", "day", "reached"),
    [
        (date(2000, 2, 29), 18, date(2018, 2, 28), False),
        (date(2000, 2, 29), 18, date(2018, 3, 1), True),
        (date(2000, 2, 29), 16, date(2016, 2, 29), True),
        (date(1900, 1, 1), 60, date(9999, 12, 31), True),
    ],
)
def test_a_birthday_on_29_february_is_on_1_march(born: date, years: int, day: date, reached: bool) -> None:
    assert has_reached(born, years, day) is reached


@pytest.mark.parametrize(
    ("address", "division", "within"),
    [
        ("广东省深圳市坪山区坪山街道六联社区", "440310", True),
        ("深圳市坪山区碧岭街道", "440310", True),
        ("深圳市 坪山新区 坑梓街道", "440310", True),
        ("深圳市龙岗区平湖街道", "440310", False),
        ("深圳市龙岗区平湖街道", "440300", True),
        ("坪山区坪山大道2007号", "440300", True),
        ("惠州市惠阳区坪山区路1号", "440310", False),
        ("", "440310", False),
        ("深圳市坪山区", "440304", False),
    ],
)
def test_places(address: str, division: str, within: bool) -> None:
    assert lies_within(address, division) is within


def test_place_within() -> None:
    register = a_license("household-register", address="深圳市坪山区马峦街道")
    assert asks("SI-11", "hukou_in:<district>", [register], district="440310")
    assert not asks(
        "SI-11", "hukou_in:<district>", [a_license("household-register", address="惠州市")], district="440300"
    )


def test_same_household() -> None:
    predicate = ITEMS["SI-11"].predicates["same_household_as"]
    mine = a_license("household-register", household_number="007")

    def with_other(*others: License) -> bool:
        held = HeldLicenses([mine], {"other": others})
        return holds(predicate, {"other_id_number": "other"}, held, TODAY)

    assert with_other(a_license("household-register", household_number="007"))
    assert not with_other(a_license("household-register", household_number="008"))
    assert not with_other(revoked(a_license("household-register", household_number="007")))
    assert not with_other()
    assert not with_other(a_license("real-estate-title", household_number="007"))


def test_the_answer_is_exactly_what_was_asked() -> None:
    item = ITEMS["SI-05"]
    land = a_license("land-use-planning-permit", project_name="甲", site="乙", secret="丙")
    works = a_license("works-planning-permit", date(2020, 1, 1), date(2026, 11, 29), project_name="丁", site="戊")
    other = a_license("business-licence", project_name="己")
    asked = Asked(("site",), (Question("land_use_is_valid", {"day": "2026-11-30"}),))
    held = HeldLicenses([land, works, other])
    answer = answer_of(asked, item.license_types, item.predicates, held, TODAY)
    assert [(each.type, each.fields) for each in answer.licenses] == [("land-use-planning-permit", {"site": "乙"})]
    assert answer.predicates == {"land_use_is_valid": True}


def test_predicates_alone_reveal_no_licence() -> None:
    item = ITEMS["SI-01"]
    asked = Asked((), (Question("is_valid", {"day": "2026-11-30"}),))
    held = HeldLicenses([a_license("business-licence", name="甲")])
    assert answer_of(asked, item.license_types, item.predicates, held, TODAY).licenses == ()


def test_a_named_type_narrows_the_fields() -> None:
    item = ITEMS["SI-05"]
    held = HeldLicenses(
        [a_license("land-use-planning-permit", site="乙"), a_license("works-planning-permit", site="丙")]
    )
    asked = Asked(("site",), (), ("works-planning-permit",))
    answer = answer_of(asked, item.license_types, item.predicates, held, TODAY)
    assert [each.fields for each in answer.licenses] == [{"site": "丙"}]


def test_an_answer_is_kept_until_its_last_day() -> None:
    assert keep_until(TODAY, 30) == date(2026, 12, 30)
    assert keep_until(date.max, 30) == date.max

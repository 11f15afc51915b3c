"""What must be true before a licence is issued, and what makes two requests one licence."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import AttributesInvalid, HolderCodeInvalid, PrerequisiteMissing, RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.issuing.content import LicenseContent
from pingshan_e_license.domain.issuing.requirements import HeldLicense, check_content, check_prerequisites
from pingshan_e_license.domain.license import Standing
from pingshan_e_license.domain.validity import Period
from pingshan_values.errors import Invalid

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT

COMPANY = Holder(COMPANY_NAME, COMPANY_CODE, "001")
TODAY, DAY = date(2026, 11, 22), timedelta(days=1)
HELD = HeldLicense("business-licence", Standing.VALID, Period(TODAY, TODAY))


CONTENT: dict[str, Any] = {
    "serial_number": "JY1",
    "holder": COMPANY,
    "attributes": PERMIT,
    "effective_on": None,
    "expires_on": None,
    "case_id": "",
    "by_hand": False,
    "today": TODAY,
}


def refused(license_type: LicenseType, **changed: Any) -> tuple[type[Invalid], set[str]]:
    check_content(license_type, **CONTENT)
    with pytest.raises(Invalid) as caught:
        check_content(license_type, **CONTENT | changed)
    return type(caught.value), {each.path for each in caught.value.violations}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"serial_number": "jy-1"}, "serial_number"),
        ({"holder": Holder(" ", COMPANY_CODE, "001")}, "holder_name"),
        ({"holder": Holder("名" * 201, COMPANY_CODE, "001")}, "holder_name"),
        ({"case_id": "1" * 65}, "case_id"),
        ({"case_id": "\0"}, "case_id"),
        ({"case_id": "2026\n1"}, "case_id"),
        *(({"holder": Holder(f"小满{sign}餐饮", COMPANY_CODE, "001")}, "holder_name") for sign in "\n\x1b\u202e\u200b"),
    ],
)
def test_fields(catalogue: dict[str, LicenseType], changed: dict[str, Any], path: str) -> None:
    assert refused(catalogue["food-business-permit"], **changed) == (RequestInvalid, {path})


def test_the_content_names_the_holder_and_no_other(catalogue: dict[str, LicenseType]) -> None:
    permit, other = catalogue["food-business-permit"], "11440310TEXT00025J"
    named = {"attributes": PERMIT | {"unified_social_credit_code": other}}
    assert refused(permit, **named) == (AttributesInvalid, {"attributes.unified_social_credit_code"})
    assert check_content(permit, **CONTENT | named | {"holder": Holder(COMPANY_NAME, other, "001")})


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"case_id": "2026-000124"}, "case_id"),
        ({"serial_number": "2026000124"}, "serial_number"),
        ({"serial_number": "20261000124"}, "serial_number"),
        ({"serial_number": "2026000124B"}, "serial_number"),
    ],
)
def test_what_is_kept_for_cases(catalogue: dict[str, LicenseType], changed: dict[str, Any], path: str) -> None:
    permit = catalogue["food-business-permit"]
    assert refused(permit, **changed, by_hand=True) == (RequestInvalid, {path})
    assert check_content(permit, **CONTENT | changed)


@pytest.mark.parametrize(
    "serial_number", ["202403150001", "20260100124", "440310202400001", "JY2026000124", "0026000124"]
)
def test_serial_numbers_of_agencies_are_free(catalogue: dict[str, LicenseType], serial_number: str) -> None:
    assert check_content(
        catalogue["food-business-permit"], **CONTENT | {"serial_number": serial_number, "by_hand": True}
    )


def test_everything_that_is_wrong_is_named_at_once(catalogue: dict[str, LicenseType]) -> None:
    wrong = {"holder": Holder(COMPANY_NAME, "1", "001"), "attributes": {}, "expires_on": date(2020, 1, 1)}
    kind, paths = refused(catalogue["food-business-permit"], **wrong)
    assert kind is HolderCodeInvalid
    assert paths >= {"holder_code", "expires_on", "attributes.premises"}


def test_what_is_not_issued_here_is_left_to_the_agency(catalogue: dict[str, LicenseType]) -> None:
    required = {code: catalogue[code] for code in ("business-licence", "household-register")}
    assert check_prerequisites(required, [HELD], TODAY) == ["household-register"]
    with pytest.raises(PrerequisiteMissing) as caught:
        check_prerequisites(required, [replace(HELD, type="household-register")], TODAY)
    assert caught.value.params["names_zh"] == catalogue["business-licence"].name_zh


@pytest.mark.parametrize(
    "held",
    [
        replace(HELD, standing=Standing.REVOKED),
        replace(HELD, period=Period(TODAY + DAY, None)),
        replace(HELD, period=Period(TODAY - DAY, TODAY - DAY)),
    ],
    ids=["revoked", "not yet valid", "expired"],
)
def test_only_a_valid_licence_proves_a_prerequisite(catalogue: dict[str, LicenseType], held: HeldLicense) -> None:
    required = {held.type: catalogue[held.type]}
    assert check_prerequisites(required, [held, HELD], TODAY) == []
    with pytest.raises(PrerequisiteMissing):
        check_prerequisites(required, [held], TODAY)


def test_the_text_of_a_content_stays_what_stored_hashes_were_made_of() -> None:
    """Licences keep a keyed hash of it: another text, and an order that is repeated would be refused as another one."""
    content = LicenseContent(
        type="food-business-permit",
        serial_number="JY1",
        holder=Holder(" 小满 ", COMPANY_CODE, "001"),
        attributes={"b": 2.0, "a": ["x"]},
        effective_on=date(2026, 11, 22),
        case_id="2026-000123",
    )
    assert content.normalised().canonical() == (
        '["food-business-permit", "JY1", ["小满", "91440310TEXT10001K", "001"], '
        '{"a": ["x"], "b": 2}, "2026-11-22", null, "2026-000123"]'
    )

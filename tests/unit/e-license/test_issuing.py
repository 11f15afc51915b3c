"""What must be true before a licence is issued, and what makes two requests one licence."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pingshan_e_license.domain.catalogue import LicenseType
from pingshan_e_license.domain.errors import HolderCodeInvalid, PrerequisiteMissing, RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.issuing import check_content, check_prerequisites
from pingshan_e_license.usecases.issue_license import IssueLicense
from pingshan_values.errors import Invalid

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT

COMPANY = Holder(COMPANY_NAME, COMPANY_CODE, "001")


def refused(license_type: LicenseType, **changed: Any) -> tuple[type[Invalid], set[str]]:
    content: dict[str, Any] = {
        "serial_number": "JY1",
        "holder": COMPANY,
        "attributes": PERMIT,
        "effective_on": None,
        "expires_on": None,
        "case_id": "",
        "today": date(2026, 11, 22),
    }
    check_content(license_type, **content)
    with pytest.raises(Invalid) as caught:
        check_content(license_type, **content | changed)
    return type(caught.value), {each.path for each in caught.value.violations}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"serial_number": "jy-1"}, "serial_number"),
        ({"holder": Holder(" ", COMPANY_CODE, "001")}, "holder_name"),
        ({"holder": Holder("名" * 201, COMPANY_CODE, "001")}, "holder_name"),
        ({"case_id": "1" * 65}, "case_id"),
        ({"case_id": "\0"}, "case_id"),
    ],
)
def test_fields(catalogue: dict[str, LicenseType], changed: dict[str, Any], path: str) -> None:
    assert refused(catalogue["food-business-permit"], **changed) == (RequestInvalid, {path})


def test_everything_that_is_wrong_is_named_at_once(catalogue: dict[str, LicenseType]) -> None:
    wrong = {"holder": Holder(COMPANY_NAME, "1", "001"), "attributes": {}, "expires_on": date(2020, 1, 1)}
    kind, paths = refused(catalogue["food-business-permit"], **wrong)
    assert kind is HolderCodeInvalid
    assert paths >= {"holder_code", "expires_on", "attributes.premises"}


def test_what_is_not_issued_here_is_left_to_the_agency(catalogue: dict[str, LicenseType]) -> None:
    required = {code: catalogue[code] for code in ("business-licence", "household-register")}
    assert check_prerequisites(required, {"business-licence"}) == ["household-register"]
    with pytest.raises(PrerequisiteMissing) as caught:
        check_prerequisites(required, {"household-register"})
    assert caught.value.params["names_zh"] == catalogue["business-licence"].name_zh


def test_the_text_of_a_content_stays_what_stored_hashes_were_made_of() -> None:
    """Licences keep a keyed hash of it: another text, and an order that is repeated would be refused as another one."""
    command = IssueLicense(
        UUID(int=7),
        "food-business-permit",
        "JY1",
        Holder(" 小满 ", COMPANY_CODE, "001"),
        {"b": 2.0, "a": ["x"]},
        effective_on=date(2026, 11, 22),
        case_id="2026-000123",
    )
    assert command.normalised().canonical() == (
        '["food-business-permit", "JY1", ["小满", "91440310TEXT10001K", "001"], '
        '{"a": ["x"], "b": 2}, "2026-11-22", null, "2026-000123"]'
    )

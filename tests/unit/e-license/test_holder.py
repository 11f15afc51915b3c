import json
from pathlib import Path
from typing import Any

import pytest
from pingshan_e_license.domain.errors import HolderCodeInvalid
from pingshan_e_license.domain.holder import Holder, HolderKind, check_holder

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("identifier_vectors.json").read_text(encoding="utf-8"))
BOTH = frozenset({HolderKind.LEGAL, HolderKind.NATURAL})


@pytest.mark.parametrize("code", VECTORS["unified_social_credit_code_valid"])
def test_valid_credit_codes_are_taken(code: str) -> None:
    check_holder(Holder("某单位", code, "001"), BOTH)


@pytest.mark.parametrize("code", VECTORS["unified_social_credit_code_invalid"])
def test_invalid_credit_codes_are_refused(code: str) -> None:
    with pytest.raises(HolderCodeInvalid) as refused:
        check_holder(Holder("某单位", code, "001"), BOTH)
    assert refused.value.violations[0].path == "holder_code"


@pytest.mark.parametrize("vector", VECTORS["person_numbers"], ids=lambda each: f"{each['number']}-{each['reason']}")
def test_person_numbers_by_check_digit_and_date(vector: dict[str, str]) -> None:
    holder = Holder("某人", vector["number"], "111")
    if vector["verdict"] == "valid":
        check_holder(holder, BOTH)
    else:
        with pytest.raises(HolderCodeInvalid):
            check_holder(holder, BOTH)


@pytest.mark.parametrize("number", VECTORS["resident_number_checksum_valid"])
def test_real_people_are_not_refused(number: str) -> None:
    check_holder(Holder("某人", number, "111"), BOTH)


def test_a_person_cannot_hold_what_only_organisations_hold() -> None:
    with pytest.raises(HolderCodeInvalid) as refused:
        check_holder(Holder("某人", "440310198502140001", "111"), frozenset({HolderKind.LEGAL}))
    assert refused.value.violations[0].path == "holder_code_type"


@pytest.mark.parametrize(("code_type", "code"), [("414", "E12345678"), ("999", "AB-12"), ("099", "ORG12345")])
def test_other_codes_by_form(code_type: str, code: str) -> None:
    check_holder(Holder("某人", code, code_type), BOTH)


@pytest.mark.parametrize(("code_type", "code"), [("414", "e1234"), ("999", ""), ("", "E12345678"), ("112", "E1234567")])
def test_what_is_no_code(code_type: str, code: str) -> None:
    with pytest.raises(HolderCodeInvalid):
        check_holder(Holder("某人", code, code_type), BOTH)

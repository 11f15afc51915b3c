import json
from pathlib import Path

import pytest
from pingshan_values.credit_code import is_credit_code
from pingshan_values.masked import mask_code, mask_mobile, mask_mobile_range, mask_name
from pingshan_values.mobile import to_e164
from pingshan_values.person_number import is_person_number

VECTORS = json.loads(Path(__file__).with_name("person_and_credit_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", VECTORS["unified_social_credit_code_valid"])
def test_valid_credit_code(code: str) -> None:
    assert is_credit_code(code)


@pytest.mark.parametrize("code", [*VECTORS["unified_social_credit_code_invalid"], "", " 11440310TEXT00017P", "١" * 18])
def test_invalid_credit_code(code: str) -> None:
    assert not is_credit_code(code)


@pytest.mark.parametrize("vector", VECTORS["person_numbers"], ids=lambda v: v["number"])
def test_person_number(vector: dict[str, str]) -> None:
    assert is_person_number(vector["number"]) is (vector["verdict"] == "valid")


@pytest.mark.parametrize("number", VECTORS["resident_number_checksum_valid"])
def test_resident_number(number: str) -> None:
    assert is_person_number(number)
    assert not is_person_number(number.lower() if number.endswith("X") else number + "0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800000001", "+8613800000001"),
        ("+86 138-0000-0001", "+8613800000001"),
        ("8613800000001", "+8613800000001"),
        ("12800000001", None),
        ("1380000000", None),
        ("１３８００００００01", None),
        ("", None),
    ],
)
def test_mobile_number(text: str, expected: str | None) -> None:
    assert to_e164(text) == expected


def test_masks_keep_too_little_to_copy() -> None:
    assert [mask_name(n) for n in ("", "张", "张三", "欧阳小明")] == ["", "*", "张*", "欧**明"]
    assert mask_mobile("+8613800001234") == "138****1234"
    assert mask_mobile_range("+861380000") == "1380000****"
    assert mask_code("440310198502140001") == "440310**********01"
    assert mask_code("123456789") == "*********"

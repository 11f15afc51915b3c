from typing import Any

import pytest
from jsonschema_rs import meta
from pingshan_e_license.domain.catalogue.attributes import check_attributes, normalised
from pingshan_e_license.domain.catalogue.license_type import LicenseType, attribute_schema
from pingshan_e_license.domain.errors import AttributesInvalid

PERMIT: dict[str, Any] = {
    "operator_name": "小满餐饮",
    "unified_social_credit_code": "91440310TEXT10001K",
    "legal_representative": "王小满",
    "premises": "坪山大道 1 号",
    "business_form": "餐饮服务经营者",
    "business_items": ["热食类食品制售"],
}


def test_every_type_has_a_schema_of_draft_2020_12(catalogue: dict[str, LicenseType]) -> None:
    assert len(catalogue) == 89
    for each in catalogue.values():
        meta.validate(attribute_schema(each))


def test_attributes_that_match(catalogue: dict[str, LicenseType]) -> None:
    check_attributes(catalogue["food-business-permit"], PERMIT)


def test_no_sentence_quotes_a_regular_expression(catalogue: dict[str, LicenseType]) -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(catalogue["food-business-permit"], PERMIT | {"unified_social_credit_code": "I"})
    [violation] = refused.value.violations
    assert not {"^", "[", "{", "$"} & set(violation.zh + violation.en)


def test_every_violation_is_listed_with_its_path_and_two_sentences(catalogue: dict[str, LicenseType]) -> None:
    wrong = PERMIT | {"business_form": "小摊", "business_items": ["", 7], "operator_name": "x" * 201, "stars": 5}
    del wrong["premises"]
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(catalogue["food-business-permit"], wrong)
    violations = refused.value.violations
    assert {each.path for each in violations} == {
        "attributes.business_form",
        "attributes.business_items.0",
        "attributes.business_items.1",
        "attributes.operator_name",
        "attributes.stars",
        "attributes.premises",
    }
    assert all(each.zh.endswith("。") and each.en.endswith(".") for each in violations)


@pytest.mark.parametrize(
    ("code", "changed", "path"),
    [
        ("business-licence", {"established_on": "2026-02-30"}, "attributes.established_on"),
        ("business-licence", {"registered_capital": -1}, "attributes.registered_capital"),
        ("business-licence", {"unified_social_credit_code": "I"}, "attributes.unified_social_credit_code"),
        ("drainage-permit", {"outlet_count": 1.5}, "attributes.outlet_count"),
        ("drainage-permit", {"permitted_discharge": []}, "attributes.permitted_discharge"),
    ],
)
def test_rules_of_single_attributes(
    catalogue: dict[str, LicenseType], code: str, changed: dict[str, Any], path: str
) -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(catalogue[code], changed)
    assert path in {each.path for each in refused.value.violations}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"operator_name": "小满\u202e餐饮"}, "attributes.operator_name"),
        ({"premises": "坪山大道\n1 号"}, "attributes.premises"),
        ({"business_items": ["热食类\u200b食品制售"]}, "attributes.business_items"),
        ({"premises": "\ud800"}, "attributes.premises"),
    ],
)
def test_an_attribute_that_breaks_or_turns_its_line_is_named(
    catalogue: dict[str, LicenseType], changed: dict[str, Any], path: str
) -> None:
    with pytest.raises(AttributesInvalid) as refused:
        check_attributes(catalogue["food-business-permit"], PERMIT | changed)
    assert [each.path for each in refused.value.violations] == [path]


def test_only_a_long_attribute_has_lines(catalogue: dict[str, LicenseType]) -> None:
    for each in catalogue.values():
        for attribute in each.attributes:
            text = {attribute.name: "一行\n二行"}
            try:
                check_attributes(each, text)
            except AttributesInvalid as refused:
                unfit = [one for one in refused.violations if one.path == f"attributes.{attribute.name}"]
            assert bool(unfit) or attribute.has_lines


def test_numbers_of_protobuf_become_whole_again() -> None:
    given = {"outlet_count": 2.0, "items": [1.0, 1.5], "depth": {"m": 3.0}, "odd": float("nan")}
    assert normalised(given) == {"outlet_count": 2, "items": [1, 1.5], "depth": {"m": 3}, "odd": "nan"}
    assert isinstance(normalised(2.0), int)

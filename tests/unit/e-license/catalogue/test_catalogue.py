from collections import Counter
from datetime import date

from pingshan_e_license.domain.catalogue.attributes import check_attributes
from pingshan_e_license.domain.catalogue.license_type import LicenseType, Origin
from pingshan_e_license.domain.errors import AttributesInvalid
from pingshan_e_license.domain.identifier import CheckVerdict, Identifier, parse
from pingshan_e_license.domain.validity import LONG_TERM, period_by_rule
from pingshan_e_license.entrypoints.attribute_fields import attributes_filled, fields_of
from pingshan_values.credit_code import is_credit_code


def test_89_types_of_17_agencies(catalogue: dict[str, LicenseType]) -> None:
    assert len(catalogue) == 89
    assert len({each.agency for each in catalogue.values()}) == 17
    assert Counter(each.origin for each in catalogue.values()) == {
        Origin.ISSUED: 77,
        Origin.COLLECTED: 10,
        Origin.RELAYED: 2,
    }


def test_every_type_can_number_and_date_a_licence(catalogue: dict[str, LicenseType]) -> None:
    today = date(2026, 11, 22)
    for each in catalogue.values():
        assert is_credit_code(each.authority)
        parsed = parse(str(Identifier(each.type_code, each.authority, "1", 1)))
        assert parsed is not None
        assert parsed[1] is CheckVerdict.VALID
        end = LONG_TERM if each.validity == "specified" else None
        assert period_by_rule(each.validity, today, end, today).contains(today)


def test_public_fields_and_prerequisites_exist(catalogue: dict[str, LicenseType]) -> None:
    for each in catalogue.values():
        assert set(each.public_fields) <= {attribute.name for attribute in each.attributes}
        assert set(each.prerequisites) <= catalogue.keys()


def test_every_type_has_a_form_that_can_fill_it(catalogue: dict[str, LicenseType]) -> None:
    """An empty form breaks only the required attributes: the form asks for exactly what the schema wants."""
    for each in catalogue.values():
        fields = {field.name: field for field in fields_of(each, "zh-Hans")}
        assert len(fields) == len(each.attributes)
        try:
            check_attributes(each, attributes_filled(each, {}))
            missing = set()
        except AttributesInvalid as refused:
            missing = {violation.path for violation in refused.violations}
        assert missing == {name for name, field in fields.items() if field.required}


def test_a_filled_form_becomes_attributes(catalogue: dict[str, LicenseType]) -> None:
    night = catalogue["night-construction-permit"]
    hours = next(
        each.name for each in night.attributes if each.schema.get("type") == "array" and "local" in str(each.schema)
    )
    got = attributes_filled(night, {f"attributes.{hours}": "22:00-06:00\n 12:00 – 14:00"})
    assert got == {hours: [{"from": "22:00", "to": "06:00"}, {"from": "12:00", "to": "14:00"}]}
    drainage = catalogue["drainage-permit"]
    filled = {
        "attributes.outlet_count": "2",
        "attributes.permitted_discharge": "雨水\n\n污水\n",
        "attributes.drainer": " 甲 ",
    }
    assert attributes_filled(drainage, filled) == {
        "outlet_count": 2,
        "permitted_discharge": ["雨水", "污水"],
        "drainer": "甲",
    }

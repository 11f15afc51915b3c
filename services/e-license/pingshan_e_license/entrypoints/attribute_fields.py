"""Builds a form from the schema of a licence type, and reads what was filled in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_values.shanghai import SHANGHAI, moment_of

from pingshan_e_license.domain.catalogue.attribute_texts import attributes_of
from pingshan_e_license.domain.catalogue.license_type import Attribute, LicenseType
from pingshan_e_license.entrypoints.views import attribute_label

_PREFIX = "attributes."


@dataclass(frozen=True)
class FormField:
    """Describes one input; `hint` is a message id."""

    name: str
    label: str
    kind: str
    """`text`, `textarea`, `select`, `date`, `datetime-local` or `number`."""
    required: bool
    hint: str = ""
    options: tuple[str, ...] = ()
    maxlength: int | None = None
    step: str | None = None

    def choices(self, none_yet: str) -> list[tuple[str, str]]:
        """Returns the options of a select as pairs of value and label, first an empty one with the label `none_yet`."""
        return [("", none_yet), *((option, option) for option in self.options)]


def fields_of(license_type: LicenseType, language: str) -> list[FormField]:
    return [_field(attribute, attribute_label(attribute, language)) for attribute in license_type.attributes]


def attributes_filled(license_type: LicenseType, filled: Mapping[str, str]) -> dict[str, Any]:
    """Returns the attributes of a form, as `attributes_of` reads them."""
    texts = {name.removeprefix(_PREFIX): text for name, text in filled.items() if name.startswith(_PREFIX)}
    return attributes_of(license_type, texts)


def texts_of(license_type: LicenseType, attributes: Mapping[str, Any]) -> dict[str, str]:
    """Returns the form's texts of a licence's attributes, without personal ones: the form leaves those as they are."""
    return {
        _PREFIX + each.name: _text(each.schema, attributes[each.name])
        for each in license_type.attributes
        if each.name in attributes and not each.personal
    }


def _text(schema: Mapping[str, Any], value: Any) -> str:
    match value:
        case str() if schema.get("format") == "date-time":
            moment = moment_of(value)
            return value if moment is None else moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
        case str():
            return value
        case list():
            return "\n".join(_line(each) for each in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _line(value: Any) -> str:
    match value:
        case {"from": begin, "to": end}:
            return f"{begin}-{end}"
        case _:
            return str(value)


def _field(attribute: Attribute, label: str) -> FormField:
    schema = attribute.schema
    longest = schema.get("maxLength")
    more: dict[str, Any]
    match schema:
        case {"enum": options}:
            more = {"kind": "select", "options": tuple(str(option) for option in options)}
        case {"const": only}:
            more = {"kind": "select", "options": (str(only),)}
        case {"type": "array"}:
            more = {"kind": "textarea", "hint": _array_hint(schema)}
        case {"type": "object"}:
            more = {"kind": "textarea", "hint": "GeoJSON，WGS-84 坐标"}
        case {"type": "integer" | "number" as kind}:
            more = {"kind": "number", "step": "1" if kind == "integer" else "any"}
        case {"format": "date"}:
            more = {"kind": "date"}
        case {"format": "date-time"}:
            more = {"kind": "datetime-local", "hint": "北京时间"}
        case _:
            more = {"kind": "textarea" if attribute.has_lines else "text", "maxlength": longest}
    return FormField(_PREFIX + attribute.name, label, required=attribute.required, **more)


def _array_hint(schema: Mapping[str, Any]) -> str:
    return "每行一段，例如 22:00-06:00" if schema["items"]["type"] == "object" else "每行一项"

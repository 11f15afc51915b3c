"""Builds a form from the schema of a licence type, and reads what was filled in."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pingshan_values import strict_json
from pingshan_values.shanghai import SHANGHAI, moment_of

from pingshan_e_license.domain.catalogue.license_type import Attribute, LicenseType
from pingshan_e_license.entrypoints.views import attribute_label

_PREFIX = "attributes."
_HOURS = re.compile(r"(\d{2}:\d{2})\s*[-–—~至]\s*(\d{2}:\d{2})")


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


def attributes_of(license_type: LicenseType, filled: Mapping[str, str]) -> dict[str, Any]:
    """Returns the filled attributes in the types of the schema; unreadable ones stay text, for the schema to refuse."""
    texts = {each.name: filled.get(_PREFIX + each.name, "").strip() for each in license_type.attributes}
    return {each.name: _value(each.schema, texts[each.name]) for each in license_type.attributes if texts[each.name]}


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


def _value(schema: Mapping[str, Any], text: str) -> Any:
    match schema.get("type"):
        case "array":
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return _hours(lines) if schema["items"]["type"] == "object" else lines
        case "object":
            return _json_or_text(text)
        case "integer" | "number":
            return _number_or_text(text)
    return f"{text}:00+08:00" if schema.get("format") == "date-time" and len(text) == len("2026-11-22T09:00") else text


def _hours(lines: Sequence[str]) -> list[Any]:
    found = [(line, _HOURS.fullmatch(line)) for line in lines]
    return [{"from": match[1], "to": match[2]} if match else line for line, match in found]


def _json_or_text(text: str) -> Any:
    try:
        return strict_json.loads(text)
    except ValueError:
        return text


def _number_or_text(text: str) -> int | float | str:
    for read in (int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text

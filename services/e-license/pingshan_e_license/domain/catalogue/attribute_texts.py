"""Reads attributes from the texts that people type into forms and sheets."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values import strict_json

from pingshan_e_license.domain.catalogue.license_type import LicenseType

_HOURS = re.compile(r"(\d{2}:\d{2})\s*[-–—~至]\s*(\d{2}:\d{2})")


def attributes_of(license_type: LicenseType, texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns the filled attributes in the types of the schema; unreadable ones stay text, for the schema to refuse.

    `texts` maps names of attributes to what was typed; of a list, each line is an item.
    """
    filled = {each.name: texts.get(each.name, "").strip() for each in license_type.attributes}
    return {each.name: _value(each.schema, filled[each.name]) for each in license_type.attributes if filled[each.name]}


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

"""Checks attributes against the JSON Schema of their type."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError
from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, SEVERAL_LINES, Text, is_line, is_text, shown, strings

from pingshan_e_license.domain.catalogue.license_type import LicenseType, attribute_schema
from pingshan_e_license.domain.errors import AttributesInvalid

_TYPES = {
    "string": ("文字", "text"),
    "number": ("数字", "a number"),
    "integer": ("整数", "a whole number"),
    "array": ("列表", "a list"),
    "object": ("一组字段", "an object"),
    "boolean": ("是或否", "true or false"),
}
_FORMATS = {
    "date": ("日期，例如 2026-11-22", "a date, for example 2026-11-22"),
    "date-time": ("带时区的日期时间，例如 2026-11-22T09:00:00+08:00", "a date-time with its offset, RFC 3339"),
}
_Sentence = Callable[[Any], tuple[str, str]]


def normalised(value: Any) -> Any:
    """Returns the value with whole floats as integers, in lists and objects too.

    protobuf's Struct knows only doubles, while JSON Schema counts 3.0 as an integer. NaN and infinity, which JSON does
    not know, become text, so that the schema refuses them.
    """
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {str(name): normalised(each) for name, each in value.items()}
        case list():
            return [normalised(each) for each in value]
        case _:
            return value


def check_attributes(license_type: LicenseType, attributes: Mapping[str, Any]) -> None:
    """Raises AttributesInvalid with every violation: its path, and a sentence in both languages."""
    unfit = tuple(_unfit(license_type, attributes))
    if unfit:  # before the schema, whose validator takes no lone surrogate
        raise AttributesInvalid(unfit)
    validator = _validator(json.dumps(attribute_schema(license_type)))
    violations = [each for error in validator.iter_errors(attributes) for each in _violations(error)]
    if violations:
        raise AttributesInvalid(tuple(violations))


def _unfit(license_type: LicenseType, attributes: Mapping[str, Any]) -> Iterator[Violation]:
    """Yields what hides, turns or breaks a text; only an attribute that forms show as an area has several lines."""
    with_lines = {each.name for each in license_type.attributes if each.has_lines}
    for name, value in attributes.items():
        fits, rule = (is_text, SEVERAL_LINES) if name in with_lines else (is_line, ONE_LINE)
        if not (all(fits(text, len(text)) for text in strings(value) if text) and is_line(name, len(name))):
            yield Violation(f"attributes.{shown(name)}", *_sentence(rule))


def _sentence(rule: Text) -> tuple[str, str]:
    return f"应为{rule.zh}。", f"This must be text {rule.en}."


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema), validate_formats=True)


def _violations(error: ValidationError) -> Iterator[Violation]:
    path = ["attributes", *(str(part) for part in error.instance_path)]
    detail = error.kind.value
    match error.kind.name:
        case "required":
            yield Violation(".".join([*path, str(detail)]), "此项必填。", "This is required.")
        case "additionalProperties":
            for name in detail:
                yield Violation(".".join([*path, str(name)]), "这种证照没有此项。", "This type has no such attribute.")
        case name:
            zh, en = _SENTENCES.get(name, _unknown)(detail)
            yield Violation(".".join(path), zh, en)


def _type(names: list[str]) -> tuple[str, str]:
    zh, en = _TYPES.get(names[0], (names[0], names[0]))
    return f"应为{zh}。", f"This must be {en}."


def _format(name: str) -> tuple[str, str]:
    zh, en = _FORMATS.get(name, (name, name))
    return f"应为{zh}。", f"This must be {en}."


def _enum(options: list[Any]) -> tuple[str, str]:
    names = "、".join(str(option) for option in options)
    return f"应为以下之一：{names}。", f"This must be one of: {names}."


def _pattern(_pattern: str) -> tuple[str, str]:
    """Regular expressions are for machines, which read them in the schema of the type."""
    return "格式不正确，请照原件核对位数、字母和大小写。", "This is not as on the original: length, letters, capitals."


def _unknown(_detail: object) -> tuple[str, str]:
    return "内容不符合要求。", "This does not match the rule."


_SENTENCES: dict[str, _Sentence] = {
    "type": _type,
    "format": _format,
    "enum": _enum,
    "const": lambda value: (f"应为“{value}”。", f"This must be “{value}”."),
    "pattern": _pattern,
    "minLength": lambda limit: (f"至少 {limit} 个字。", f"At least {limit} character(s)."),
    "maxLength": lambda limit: (f"最多 {limit} 个字。", f"At most {limit} characters."),
    "minItems": lambda limit: (f"至少 {limit} 项。", f"At least {limit} item(s)."),
    "maxItems": lambda limit: (f"最多 {limit} 项。", f"At most {limit} items."),
    "minimum": lambda limit: (f"不得小于 {limit}。", f"Not less than {limit}."),
    "maximum": lambda limit: (f"不得大于 {limit}。", f"Not more than {limit}."),
}

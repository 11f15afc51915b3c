"""Sentences for refused fields of a REST request."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from pingshan_kit.errors import InvalidRequest

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("必须填写", "This is required"),
    "extra_forbidden": ("没有这一项", "There is no such field"),
    "string_too_short": ("至少 {min_length} 个字符", "At least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "At most {max_length} characters"),
    "string_pattern_mismatch": ("格式不正确", "The format is not correct"),
    "string_type": ("应为文字", "This must be text"),
    "too_short": ("至少 {min_length} 项", "At least {min_length} items"),
    "too_long": ("最多 {max_length} 项", "At most {max_length} items"),
    "greater_than": ("应大于 {gt}", "This must be greater than {gt}"),
    "greater_than_equal": ("不得小于 {ge}", "This must be {ge} or more"),
    "less_than": ("应小于 {lt}", "This must be less than {lt}"),
    "less_than_equal": ("不得大于 {le}", "This must be {le} or less"),
    "int_parsing": ("应为整数", "This must be a whole number"),
    "int_type": ("应为整数", "This must be a whole number"),
    "float_parsing": ("应为数字", "This must be a number"),
    "float_type": ("应为数字", "This must be a number"),
    "bool_parsing": ("应为是或否", "This must be true or false"),
    "uuid_parsing": ("应为 UUID", "This must be a UUID"),
    "enum": ("应为下列之一：{expected}", "This must be one of {expected}"),
    "literal_error": ("应为下列之一：{expected}", "This must be one of {expected}"),
    "datetime_from_date_parsing": ("应为带时区的时间", "This must be a time with an offset"),
    "datetime_parsing": ("应为带时区的时间", "This must be a time with an offset"),
    "timezone_aware": ("时间应带时区", "The time must carry an offset"),
    "date_from_datetime_parsing": ("应为日期", "This must be a date"),
    "date_parsing": ("应为日期", "This must be a date"),
    "json_invalid": ("不是有效的 JSON", "This is not valid JSON"),
    "model_attributes_type": ("应为 JSON 对象", "This must be a JSON object"),
    "dict_type": ("应为 JSON 对象", "This must be a JSON object"),
    "list_type": ("应为列表", "This must be a list"),
}
_OTHER = ("值不正确", "The value is not correct")
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})


def invalid_request(error: RequestValidationError) -> InvalidRequest:
    """Returns the refusal that a use case would raise, without the values that were sent."""
    return InvalidRequest([_violation(item) for item in error.errors()])


def _violation(item: Mapping[str, Any]) -> tuple[str, str, str]:
    zh, en = _SENTENCES.get(str(item["type"]), _OTHER)
    context = item.get("ctx", {})
    return _path(item["loc"]), zh.format_map(_Quiet(context)), en.format_map(_Quiet(context))


def _path(location: tuple[str | int, ...]) -> str:
    parts = location[1:] if location and location[0] in _PLACES and len(location) > 1 else location
    return ".".join(str(part) for part in parts)


class _Quiet(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"

"""Reads texts from outside as values."""

from datetime import date
from typing import Any
from uuid import UUID

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pingshan_kit.errors import InvalidRequest


def uuid_of(text: str, path: str) -> UUID:
    """Returns the text as a UUID. Raises InvalidRequest, naming `path`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidRequest([(path, "编号格式不正确，应为 UUID。", "This is not a UUID.")]) from error


def date_of(text: str, path: str) -> date | None:
    """Returns the date of an ISO 8601 text, None for an empty one. Raises InvalidRequest, naming `path`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(
            [(path, "日期格式不正确，例如 2026-11-22。", "This is not a date such as 2026-11-22.")]
        ) from error


def attributes_of_struct(sent: Struct) -> dict[str, Any]:
    """Returns a Struct's members. Raises InvalidRequest for a number that is not finite."""
    try:
        return MessageToDict(sent)
    except ValueError as error:
        raise InvalidRequest([("attributes", "含有不是数字的数值。", "A number is not finite.")]) from error

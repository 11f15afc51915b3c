"""Reads texts from outside as values."""

from datetime import date
from uuid import UUID

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

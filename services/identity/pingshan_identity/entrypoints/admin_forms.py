"""Dates, ids and lists in forms of administrators, as a browser sends them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.errors import InvalidRequest, NotFound
from pingshan_values.shanghai import moment_of
from starlette.datastructures import FormData

from pingshan_identity.domain.people.staff_form import StaffForm


def day(form: Mapping[str, Any], name: str, *, default: date | None = None) -> date:
    """Returns the date of a field, `default` for an empty one. Raises InvalidRequest where the text is no date."""
    text = str(form.get(name, "")).strip()
    if not text and default is not None:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(
            [(name, "请填写日期，例如 2026-11-26", "A date is needed, for example 2026-11-26")]
        ) from error


def optional_day(form: Mapping[str, Any], name: str) -> date | None:
    return day(form, name) if str(form.get(name, "")).strip() else None


def uuid(text: object) -> UUID:
    """Returns the id of an address or a hidden field. Raises NotFound where it is no UUID."""
    try:
        return UUID(str(text))
    except ValueError as error:
        raise NotFound from error


def number(form: Mapping[str, Any], name: str) -> int:
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def staff_form(form: FormData, today: date) -> StaffForm:
    """Returns the form about a member of staff. Raises InvalidRequest for a bad date, NotFound for a bad section."""
    section = str(form.get("section_id", ""))
    return StaffForm(
        login_name=str(form.get("login_name", "")).strip().lower()[:100],
        name=str(form.get("name", "")).strip()[:200],
        organisation=str(form.get("organisation", ""))[:100],
        section_id=uuid(section) if section else None,
        posts=tuple(dict.fromkeys(str(post)[:100] for post in form.getlist("posts"))),
        mobile_number=str(form.get("mobile_number", ""))[:40],
        since=day(form, "since", default=today),
        until=optional_day(form, "until"),
    )


def moment(text: str) -> datetime | None:
    """Returns a time with its offset, as our own paging links have it; None for any other text."""
    return moment_of(text)


def lines(form: Mapping[str, Any], name: str) -> list[str]:
    """Returns the lines of a field that are not empty, without spaces around them."""
    return [line.strip() for line in str(form.get(name, ""))[:8_000].splitlines() if line.strip()]


def octets(text: object) -> bytes:
    """Returns the bytes that hexadecimal digits stand for; empty, and so nobody's, for any other text."""
    try:
        return bytes.fromhex(str(text)[:128])
    except ValueError:
        return b""

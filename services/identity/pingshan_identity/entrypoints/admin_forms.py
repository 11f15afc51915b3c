"""Dates, ids and lists in forms of administrators, as a browser sends them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.errors import InvalidRequest, NotFound
from pingshan_values.errors import Violation
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


def period(
    form: Mapping[str, Any], since: str, until: str, *, today: date, open_ended: bool = True
) -> tuple[date, date | None]:
    """Returns first and last day of a form, by the names of their fields: today where the first is empty, None for a
    last one that may be left out.

    Raises InvalidRequest with each that is no date.
    """
    found: list[date | None] = []
    wrong: list[Violation] = []
    for name, default in ((since, today), (until, None)):
        try:
            left_out = open_ended and name == until and not str(form.get(until, "")).strip()
            found.append(None if left_out else day(form, name, default=default))
        except InvalidRequest as refused:
            wrong += refused.violations
    if wrong:
        raise InvalidRequest(wrong)
    first, last = found
    return first or today, last


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
    """Returns the form about a member of staff, with its bad dates among what is wrong with it. Raises NotFound for a
    bad section.
    """
    section = str(form.get("section_id", ""))
    unread: tuple[Violation, ...] = ()
    try:
        since, until = period(form, "since", "until", today=today)
    except InvalidRequest as refused:
        (since, until), unread = (today, None), refused.violations
    return StaffForm(
        login_name=str(form.get("login_name", "")).strip().lower()[:100],
        name=str(form.get("name", "")).strip()[:200],
        organisation=str(form.get("organisation", ""))[:100],
        section_id=uuid(section) if section else None,
        posts=tuple(dict.fromkeys(str(post)[:100] for post in form.getlist("posts"))),
        mobile_number=str(form.get("mobile_number", ""))[:40],
        since=since,
        until=until,
        unread=unread,
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

"""Names, remaining times and rows, as pages show them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from pingshan_ui.environment import language
from pingshan_values.shanghai import SHANGHAI
from pingshan_values.street import Street
from starlette.requests import Request

from pingshan_alerts.domain.alert import Acknowledgement, Alert
from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.domain.routing import Awaited

Name = Callable[[str], str]
"""Maps the code of an organisation to its name in the page's language."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Holds a group, and the minutes left to acknowledge: negative once they have passed, None without a deadline."""

    group: Awaited
    minutes: int | None
    heard: Acknowledgement | None


@dataclass(frozen=True, slots=True)
class Row:
    """Describes an alert in a list, as one organisation sees it."""

    alert: Alert
    mine: Deadline | None
    notified: bool
    heard_by_me: bool
    heard: int
    """Number of organisations that acknowledged."""


def english(request: Request) -> bool:
    return language(request) == "en"


def namer(request: Request, organisations: Mapping[str, Organisation]) -> Name:
    """Returns a function that names organisations: as identity does, else by the street's name, else by the code."""

    def name(code: str) -> str:
        known = organisations.get(code)
        if known:
            return (known.name_en or known.name_zh) if english(request) else known.name_zh
        return street_name(request, code) or code

    return name


def street_name(request: Request, code: str) -> str:
    """Returns the street's name in the page's language, empty where the code is no street's."""
    if code not in set(Street):
        return ""
    return Street(code).en if english(request) else Street(code).zh


def title(request: Request, alert: Alert) -> str:
    return alert.title.in_language(language(request))


def moment(at: datetime) -> str:
    """Returns date and time in Shanghai to the second, without the year."""
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")


def deadlines(awaited: Sequence[Awaited], heard: Sequence[Acknowledgement], now: datetime) -> list[Deadline]:
    return [_deadline(group, heard, now) for group in awaited]


def row(
    alert: Alert, awaited: Sequence[Awaited], heard: Sequence[Acknowledgement], organisation: str, now: datetime
) -> Row:
    mine = [group for group in awaited if organisation in group.organisations]
    pending = [group for group in mine if group.acknowledge_by]
    heard_by_me = any(each.organisation == organisation for each in heard)
    waiting = pending and not heard_by_me and alert.is_live
    return Row(
        alert=alert,
        mine=_deadline(pending[0], heard, now) if waiting else None,
        notified=bool(mine),
        heard_by_me=heard_by_me,
        heard=len(heard),
    )


def _deadline(group: Awaited, heard: Sequence[Acknowledgement], now: datetime) -> Deadline:
    first = next((each for each in heard if each.organisation in group.organisations), None)
    by = group.acknowledge_by
    return Deadline(group, ceil((by - now).total_seconds() / 60) if by else None, first)

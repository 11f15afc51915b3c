"""Checks of what a proposal says about its change, so that nothing is proposed which could never be applied."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pingshan_values.errors import Violation

from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm

_CLIENT_ID = re.compile(r"[a-z][a-z0-9-]{2,39}")


def power_of(details: Mapping[str, Any]) -> Holding:
    """Returns the post that a GIVE_POWER or an APPOINT_DEPUTY change gives, with its first and last day."""
    until = date.fromisoformat(details["until"]) if details["until"] else None
    return Holding(details["post"], date.fromisoformat(details["since"]), until)


def details_of_move(person_id: UUID, form: StaffForm) -> dict[str, Any]:
    """Returns the details of a MOVE_PERSON change; login name, name and number are not among them."""
    return {
        "person_id": str(person_id),
        "move_to": form.organisation,
        "section_id": str(form.section_id) if form.section_id else None,
        "posts": list(form.posts),
        "since": form.since.isoformat(),
        "until": form.until.isoformat() if form.until else None,
    }


def move_of(details: Mapping[str, Any]) -> StaffForm:
    """Returns the form of a MOVE_PERSON change; login name, name and number are empty, since they stay."""
    return StaffForm(
        login_name="",
        name="",
        organisation=details["move_to"],
        section_id=UUID(details["section_id"]) if details["section_id"] else None,
        posts=tuple(details["posts"]),
        mobile_number="",
        since=date.fromisoformat(details["since"]),
        until=date.fromisoformat(details["until"]) if details["until"] else None,
    )


def leaving_day(details: Mapping[str, Any]) -> date:
    """Returns the day of an END_EMPLOYMENT or a RECORD_DEPARTURE change, from which on nobody signs in."""
    return date.fromisoformat(details["on"])


def check_is_power(post: str, powers: Collection[str]) -> None:
    """Raises RequestInvalid where the post is not under dual control. `powers`: posts that are."""
    if post not in powers:
        raise RequestInvalid([Violation("power", "这个岗位不需要两人审批", "This post does not need two people")])


def check_has_days(asked: Holding, today: date) -> None:
    """Raises RequestInvalid where no day is left on which the post would be held: its approval would give nothing, and
    end the ways into the account all the same.
    """
    if not asked.lasts(max(asked.since, today)):
        zh, en = "截止日期早于生效日期或今天", "The last day is before the first, or before today"
        raise RequestInvalid([Violation("power_until", zh, en)])


def check_whose_sessions(details: Mapping[str, Any]) -> None:
    """Raises RequestInvalid where END_SESSIONS names neither an organisation nor a system, or both."""
    if bool(details.get("client_id")) == bool(details.get("organisation")):
        raise RequestInvalid(
            [Violation("organisation", "请选择一个单位或一个系统", "Choose one organisation or one system")]
        )


def client_id_violations(kind: ChangeKind, client_id: str, *, is_known: bool) -> list[Violation]:
    """Returns what is wrong where REGISTER_CLIENT names an id that is taken or no id, any other change an unknown one.

    An id that administrators choose has 3 to 40 lower-case letters, digits or dashes and begins with a letter.
    """
    if kind is not ChangeKind.REGISTER_CLIENT:
        return [] if is_known else [Violation("client_id", "没有这个系统", "There is no such system")]
    if not _CLIENT_ID.fullmatch(client_id):
        zh = "编码为 3 到 40 个小写字母、数字或横线，以字母开头"
        en = "An id is 3 to 40 lower-case letters, digits or dashes and begins with a letter"
        return [Violation("client_id", zh, en)]
    return [Violation("client_id", "系统编码已被使用", "The id is taken")] if is_known else []

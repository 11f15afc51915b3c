"""Checks of what a proposal says about its change, so that nothing is proposed which could never be applied."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from pingshan_values.errors import Violation

from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.powers import Holding


def power_of(details: Mapping[str, Any]) -> Holding:
    """Returns the post that a GIVE_POWER change gives, with its first and last day."""
    until = date.fromisoformat(details["until"]) if details["until"] else None
    return Holding(details["post"], date.fromisoformat(details["since"]), until)


def check_is_power(post: str, powers: Collection[str]) -> None:
    """Raises RequestInvalid where the post gives none of the separated roles. `powers`: posts that give one."""
    if post not in powers:
        raise RequestInvalid([Violation("power", "这个岗位不需要两人审批", "This post does not need two people")])


def check_whose_sessions(details: Mapping[str, Any]) -> None:
    """Raises RequestInvalid where END_SESSIONS names neither an organisation nor a system, or both."""
    if bool(details.get("client_id")) == bool(details.get("organisation")):
        raise RequestInvalid(
            [Violation("organisation", "请选择一个单位或一个系统", "Choose one organisation or one system")]
        )


def check_client_id(kind: ChangeKind, *, is_known: bool) -> None:
    """Raises RequestInvalid where REGISTER_CLIENT names an id that is taken, or any other change an unknown one."""
    if is_known == (kind is ChangeKind.REGISTER_CLIENT):
        raise RequestInvalid(
            [Violation("client_id", "系统编码已被使用，或没有这个系统", "The id is taken, or unknown")]
        )

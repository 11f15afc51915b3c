"""The form about a member of staff, and its checks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pingshan_values.errors import Violation
from pingshan_values.mobile import to_e164
from pingshan_values.text import ONE_LINE, is_line, shown

from pingshan_identity.domain.errors import RequestInvalid

_LOGIN = re.compile(r"[a-z][a-z0-9_]{1,39}")
_DUTY = re.compile(r"\+86755[0-9]{8}")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Reference:
    """Lists the codes and ids that a form may name."""

    organisations: frozenset[str]
    sections: Mapping[UUID, str]
    """Organisation code by id of each open section."""
    posts: frozenset[str]
    """Codes of the posts that an administrator may give without a second one."""
    post_names: Mapping[str, tuple[str, str]]
    """Chinese and English name of every post, by code."""


@dataclass(frozen=True, slots=True)
class StaffForm:
    login_name: str
    name: str = field(repr=False)
    organisation: str
    section_id: UUID | None
    posts: tuple[str, ...]
    mobile_number: str = field(repr=False)
    since: date
    until: date | None
    unread: tuple[Violation, ...] = ()
    """Fields that nobody can read as what they are; the form holds something else in their place."""


def check_joining(form: StaffForm, reference: Reference) -> None:
    """Raises RequestInvalid with everything that is wrong with the form of somebody who joins."""
    _refuse(joining_violations(form, reference))


def check_moving(form: StaffForm, reference: Reference) -> None:
    """Raises RequestInvalid with everything that is wrong with a move; name and number are not checked."""
    _refuse(moving_violations(form, reference))


def joining_violations(form: StaffForm, reference: Reference) -> list[Violation]:
    """Returns everything that is wrong with the form of somebody who joins; empty for nothing."""
    found: list[Violation] = []
    if not _LOGIN.fullmatch(form.login_name):
        found.append(
            Violation(
                "login_name",
                "登录名为 2 到 40 个小写字母、数字或下划线，以字母开头",
                "A login name is 2 to 40 lower-case letters, digits or underscores and begins with a letter",
            )
        )
    if not is_name(form.name):
        zh, en = (
            f"请填写姓名，不超过 60 个字的{ONE_LINE.zh}",
            f"A name is needed, of 60 characters at most, {ONE_LINE.en}",
        )
        found.append(Violation("name", zh, en))
    if to_phone(form.mobile_number) is None:
        found.append(
            Violation("mobile_number", "请填写中国内地手机号码", "A mobile number of mainland China is needed")
        )
    return [*found, *moving_violations(form, reference)]


def moving_violations(form: StaffForm, reference: Reference) -> list[Violation]:
    """Returns everything that is wrong with organisation, section, posts and days; empty for nothing."""
    found = list(form.unread)
    if form.organisation not in reference.organisations:
        found.append(Violation("organisation", "没有这个单位", "There is no such organisation"))
    elif form.section_id is not None and reference.sections.get(form.section_id) != form.organisation:
        found.append(Violation("section_id", "这个单位没有这个科室", "The organisation has no such section"))
    if not form.posts:
        found.append(Violation("posts", "请至少选择一个岗位", "At least one post is needed"))
    if refused := [post for post in form.posts if post not in reference.posts]:
        named = [reference.post_names.get(post, (shown(post), shown(post))) for post in refused]
        zh, en = "、".join(name for name, _ in named), ", ".join(name for _, name in named)
        found.append(Violation("posts", f"没有这个岗位，或需要两人审批：{zh}", f"Unknown, or under dual control: {en}"))
    if form.until is not None and form.until < form.since:
        found.append(Violation("until", "截止日期早于生效日期", "The last day is before the first"))
    return found


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise RequestInvalid(violations)


def is_name(text: str) -> bool:
    """Returns whether the text can be a name: any script (GB 18030-2022 level 3), one line of 1 to 60 characters."""
    return is_line(text, _LONGEST_NAME)


def to_phone(text: str) -> str | None:
    """Returns a mobile number or a duty telephone of Shenzhen (0755) in E.164; None for anything else."""
    compact = re.sub(r"[\s-]", "", text)
    if _DUTY.fullmatch(compact):
        return compact
    return to_e164(text)

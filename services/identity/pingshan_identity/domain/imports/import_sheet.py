"""Rows of an import of staff: what the columns mean, and what is wrong in each row."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pingshan_values.sheet import SheetUnreadable
from pingshan_values.text import Text

from pingshan_identity.domain.people.staff_form import Reference, StaffForm, joining_violations, moving_violations

HEADS = ("操作", "登录名", "姓名", "单位", "科室", "岗位", "手机号码", "生效日期", "截止日期")
EXAMPLE = ("入职", "water03", "示例", "深圳市坪山区水务局", "", "经办人员", "13800000000", "2026-12-01", "")
_CALLED = {"单位代码": "单位"}
"""What a head was called before, in sheets that are still around."""
ERROR_HEAD = Text("错误", "Errors")
JOIN, MOVE, LEAVE = "入职", "调动", "离职"
_NO_SECTION = Text("这个单位没有这个科室", "The organisation has no such section")
_REPEATED = Text("登录名在表中出现多次", "The login name stands in several rows")
_TAKEN = Text("登录名已被使用", "The login name is taken")
_TAKES_TWO = Text(
    "管理员和本人的调动须由两人审批，请在人员页面提出",
    "Two persons decide on moving an administrator or oneself; propose it on the person's page",
)
_NO_ACT = Text("操作应为：入职、调动或离职", "操作 must be 入职 (joins), 调动 (moves) or 离职 (leaves)")
_NOBODY = Text("没有这个在职人员", "Nobody on the staff has this login name")


@dataclass(frozen=True, slots=True)
class Codes:
    """Is how organisations and posts are named in sheets; a code may stand in the place of each name."""

    organisations: Mapping[str, str]
    """Codes by Chinese name, of names that only one organisation has."""
    posts: Mapping[str, str]
    """Codes by Chinese name."""


@dataclass(frozen=True, slots=True)
class Known:
    """Is what the database knows about a login name of the sheet."""

    person_id: UUID
    has_left: bool
    takes_two: bool
    """Whether it is an administrator, or who applies the sheet."""
    moves_on: date | None = None
    """Day of a move that lies ahead; None where there is none."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    act: str
    form: StaffForm = field(repr=False)
    errors: tuple[Text, ...]
    is_proposal: bool = False
    """Whether the row is only proposed to a second administrator: an administrator's departure."""

    replaces: date | None = None
    """Day of the planned move whose place the row takes; None for none."""

    @property
    def is_good(self) -> bool:
        return not self.errors


def columns(head: Sequence[str]) -> dict[str, int]:
    """Returns the index of each column by its head. Raises SheetUnreadable where one is missing."""
    found = {_CALLED.get(name.strip(), name.strip()): number for number, name in enumerate(head)}
    if missing := [name for name in HEADS if name not in found]:
        raise SheetUnreadable(why="columns", columns="、".join(missing))
    return found


def read_rows(
    rows: Sequence[Sequence[str]],
    *,
    reference: Reference,
    sections: Mapping[tuple[str, str], UUID],
    codes: Codes,
    known: Mapping[str, Known],
    today: date,
) -> Iterator[SheetRow]:
    """Yields every row after the head, checked. Raises SheetUnreadable where a column is missing.

    `sections`: ids by organisation and name.
    """
    at = columns(rows[0])
    times = Counter(_cell(row, at, "登录名").lower() for row in rows[1:])
    return (_row(row, at, reference, sections, codes, known, times, today) for row in rows[1:])


def login_names(rows: Sequence[Sequence[str]]) -> list[str]:
    at = columns(rows[0])
    return [_cell(row, at, "登录名").lower() for row in rows[1:]]


def _row(
    row: Sequence[str],
    at: Mapping[str, int],
    reference: Reference,
    sections: Mapping[tuple[str, str], UUID],
    codes: Codes,
    known: Mapping[str, Known],
    times: Mapping[str, int],
    today: date,
) -> SheetRow:
    errors: list[Text] = []
    act, login = _cell(row, at, "操作"), _cell(row, at, "登录名").lower()
    called, section = _cell(row, at, "单位"), _cell(row, at, "科室")
    organisation = codes.organisations.get(called, called)
    section_id = sections.get((organisation, section)) if section else None
    if section and section_id is None:
        errors.append(_NO_SECTION)
    named = [part.strip() for part in _cell(row, at, "岗位").replace("，", ",").replace("、", ",").split(",")]
    form = StaffForm(
        login_name=login,
        name=_cell(row, at, "姓名"),
        organisation=organisation,
        section_id=section_id,
        posts=tuple(codes.posts.get(part, part) for part in named if part),
        mobile_number=_cell(row, at, "手机号码"),
        since=_day(_cell(row, at, "生效日期"), "生效日期", errors) or today,
        until=_day(_cell(row, at, "截止日期"), "截止日期", errors),
    )
    if times[login] > 1:
        errors.append(_REPEATED)
    who = known.get(login)
    errors.extend(_check(act, form, reference, who))
    is_proposal = act == LEAVE and who is not None and who.takes_two
    replaces = who.moves_on if act == MOVE and who is not None else None
    return SheetRow(act, form, tuple(dict.fromkeys(errors)), is_proposal, replaces)


def _check(act: str, form: StaffForm, reference: Reference, known: Known | None) -> list[Text]:
    match act:
        case "入职":
            errors = [each.sentence for each in joining_violations(form, reference)]
            return [*errors, _TAKEN] if known is not None else errors
        case "调动":
            errors = [each.sentence for each in moving_violations(form, reference)]
            if known is not None and known.takes_two:
                errors.append(_TAKES_TWO)
        case "离职":
            errors = []
        case _:
            return [_NO_ACT]
    return [*errors, _NOBODY] if known is None or known.has_left else errors


def _cell(row: Sequence[str], at: Mapping[str, int], name: str) -> str:
    number = at[name]
    return row[number].strip() if number < len(row) else ""


def _day(text: str, name: str, errors: list[Text]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        errors.append(Text(f"{name}不是日期（例如 2026-12-01）", f"{name} is not a date (such as 2026-12-01)"))
        return None

"""Bulk issues: a file of licences of one type, checked row by row, then issued row by row, each row once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pingshan_values import strict_json
from pingshan_values.errors import DomainError, Violation
from pingshan_values.sheet import SheetUnreadable
from pingshan_values.text import Text

from pingshan_e_license.domain.catalogue.attribute_texts import attributes_of
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import BulkIssueNotOpen, RequestInvalid
from pingshan_e_license.domain.holder import CODE_TYPES, Holder
from pingshan_e_license.domain.issuing.content import LicenseContent

MOST_ROWS = 100_000
MOST_BYTES = 32 * 1024 * 1024
"""Of one file: 100,000 food business permits take 25 MB as CSV in GB 18030."""
MOST_LINE = 16_384
"""Characters of one line of JSON Lines, or of one cell."""
MOST_COLUMNS = 60

REASONS: Mapping[str, Text] = {
    "empty": Text("文件里没有数据行。", "The file has no row of data."),
    "not-a-sheet": Text(
        "这不是 CSV、xlsx 或 JSON Lines 文件，或文件已损坏。",
        "This is neither a CSV, xlsx nor JSON Lines file, or it is damaged.",
    ),
    "too-large": Text(
        "文件太大：CSV 和 JSON Lines 最多 32 MB，xlsx 最多 2 MB。",
        "The file is too large: at most 32 MB as CSV or JSON Lines, 2 MB as xlsx.",
    ),
    "too-many-rows": Text(
        "行数太多：CSV 和 JSON Lines 最多 100000 行，xlsx 最多 5000 行。",
        "Too many rows: at most 100,000 as CSV or JSON Lines, 5,000 as xlsx.",
    ),
    "too-long": Text("有一行太长，或有一格超过 16384 个字。", "A line or a cell has more than 16,384 characters."),
}
"""What to tell whoever uploaded, by the `why` of SheetUnreadable, where it differs from smaller sheets."""


class BulkFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "json_lines"


class BulkState(StrEnum):
    RECEIVING = "receiving"
    """Its rows are still being read; where that broke off, it stays so, and nothing is ever issued of it."""
    CHECKING = "checking"
    CHECKED = "checked"
    """It waits for the order to issue what is good."""
    ISSUING = "issuing"
    ENDED = "ended"
    CANCELLED = "cancelled"
    """Somebody stopped it; what was issued before stays issued."""


class RowState(StrEnum):
    WAITING = "waiting"
    GOOD = "good"
    ISSUED = "issued"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BulkIssue:
    bulk_issue_id: UUID
    type: str
    agency: str
    file_name: str
    format: BulkFormat
    heads: Sequence[str]
    """First row of a sheet; empty for JSON Lines."""
    uploaded_by: str
    """Id of an actor."""
    uploaded_at: datetime
    state: BulkState
    goes_on: bool
    """Whether it issues without a further order once it is checked."""
    rows: int
    good: int
    """Rows that were checked and found fit to be issued, whether they are issued by now or not."""
    issued: int
    refused: int
    started_by: str
    """Id of the actor who ordered the issue; empty before."""
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Returns whether it may still be cancelled."""
        return self.state in (BulkState.CHECKING, BulkState.CHECKED, BulkState.ISSUING)

    @property
    def done(self) -> int:
        """Returns how many rows the present step has behind it."""
        checked = self.good + self.refused
        return checked if self.state in (BulkState.RECEIVING, BulkState.CHECKING) else self.issued + self.refused

    def check_may_start(self) -> None:
        """Raises BulkIssueNotOpen unless it is checked, waits for the order, and has a good row."""
        if self.state is not BulkState.CHECKED or not self.good:
            raise BulkIssueNotOpen

    def check_may_cancel(self) -> None:
        """Raises BulkIssueNotOpen where it has ended, was cancelled, or never arrived whole."""
        if not self.is_open:
            raise BulkIssueNotOpen


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """Of the file, from 1; a sheet's first row is its heads."""
    cells: Sequence[str] = field(repr=False)
    """Of JSON Lines one text, the line."""


@dataclass(frozen=True, slots=True)
class RefusedRow(Row):
    error: DomainError


@dataclass(frozen=True, slots=True)
class Outcome:
    """Says what became of a row."""

    line: int
    state: RowState
    license_id: UUID | None = None
    error: DomainError | None = None


class Head(NamedTuple):
    """Names a column: how sheets head it, and which part of the content it is."""

    zh: str
    name: str
    required: bool


_PLAIN = (
    Head("流水号", "serial_number", required=True),
    Head("持证主体名称", "holder_name", required=True),
    Head("持证主体代码", "holder_code", required=True),
    Head("代码类型", "holder_code_type", required=False),
    Head("生效日期", "effective_on", required=False),
    Head("截止日期", "expires_on", required=False),
)
_ATTRIBUTE = "attributes."
FAULTS_HEAD = Text("错误", "Errors")
FAULTS_MEMBER = "faults"
"""What says in a refused line of JSON Lines why it was refused; it is ignored when the line is sent again."""


def heads_of(license_type: LicenseType) -> list[Head]:
    """Returns the columns of a sheet of this type, attributes after the rest."""
    return [*_PLAIN, *(Head(each.zh, _ATTRIBUTE + each.name, each.required) for each in license_type.attributes)]


def columns(license_type: LicenseType, heads: Sequence[str]) -> dict[str, int]:
    """Returns the index of each column by its name; a column may be headed by its Chinese or its own name.

    Columns of errors, from a sheet that is sent again, are left out. Raises SheetUnreadable for columns that are
    missing, unknown or there twice.
    """
    known = heads_of(license_type)
    names = {each.zh: each.name for each in known} | {each.name: each.name for each in known}
    found: dict[str, int] = {}
    unknown = []
    for number, text in enumerate(heads):
        head = text.strip()
        if not head or head in (FAULTS_HEAD.zh, FAULTS_HEAD.en):
            continue
        name = names.get(head)
        if name is None or name in found:
            unknown.append(head[:40])
        else:
            found[name] = number
    if missing := [each.zh for each in known if each.required and each.name not in found]:
        raise SheetUnreadable(why="columns", columns="、".join(missing))
    if unknown:
        raise SheetUnreadable(why="unknown-columns", columns="、".join(unknown[:5]))
    return found


def content_of_cells(license_type: LicenseType, at: Mapping[str, int], cells: Sequence[str]) -> LicenseContent:
    """Returns the content of a row. Raises RequestInvalid for a date that is none."""
    filled = {name: cells[number].strip() if number < len(cells) else "" for name, number in at.items()}
    texts = {name.removeprefix(_ATTRIBUTE): text for name, text in filled.items() if name.startswith(_ATTRIBUTE)}
    return _content(license_type, filled, attributes_of(license_type, texts))


def content_of_json(license_type: LicenseType, line: str) -> LicenseContent:
    """Returns the content of a line of JSON Lines, whose members are those of `IssueLicense`.

    Raises RequestInvalid for what is no such object.
    """
    try:
        given = strict_json.loads(line)
    except ValueError as error:
        raise _invalid("", "这一行不是 JSON 对象。", "This line is no JSON object.") from error
    plain = {each.name for each in _PLAIN}
    if not isinstance(given, dict) or not isinstance(given.get("attributes", {}), dict):
        raise _invalid("", "这一行不是 JSON 对象。", "This line is no JSON object.")
    if unknown := given.keys() - plain - {"attributes", FAULTS_MEMBER}:
        raise _invalid(min(unknown)[:100], "没有这个字段。", "There is no such member.")
    if wrong := [name for name in plain & given.keys() if not isinstance(given[name], str)]:
        raise _invalid(min(wrong), "应为文字。", "This must be text.")
    return _content(license_type, given, given.get("attributes", {}))


def _content(license_type: LicenseType, filled: Mapping[str, Any], attributes: Mapping[str, Any]) -> LicenseContent:
    violations: list[Violation] = []
    code_type = filled.get("holder_code_type", "") or _usual_code_type(license_type)
    content = LicenseContent(
        type=license_type.code,
        serial_number=filled.get("serial_number", ""),
        holder=Holder(filled.get("holder_name", ""), filled.get("holder_code", "").upper(), code_type),
        attributes=attributes,
        effective_on=_day(filled.get("effective_on", ""), "effective_on", violations),
        expires_on=_day(filled.get("expires_on", ""), "expires_on", violations),
    )
    if violations:
        raise RequestInvalid(violations)
    return content


def _usual_code_type(license_type: LicenseType) -> str:
    """Returns the first kind of code that may hold the type: credit codes for companies, person numbers for people."""
    return next((code for code, kind in CODE_TYPES.items() if kind.kind in license_type.holder_kinds), "")


def _day(text: str, path: str, violations: list[Violation]) -> date | None:
    if not text:
        return None
    if text == "长期":
        return date(9999, 12, 31)
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        violations.append(
            Violation(path, "日期格式不正确，例如 2026-11-22。", "This is not a date such as 2026-11-22.")
        )
        return None


def _invalid(path: str, zh: str, en: str) -> RequestInvalid:
    return RequestInvalid([Violation(path, zh, en)])

"""Writes a case's timeline in plain words, each line with its working day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pingshan_values.shanghai import day_of
from pingshan_values.text import Text

from pingshan_workflow.domain.cases.case import Verdict
from pingshan_workflow.domain.cases.view import CaseView, Entry
from pingshan_workflow.domain.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class Line:
    """Describes a line; `working_day` counts from the day after receipt, 0 before. `kind` is `done` or `wrong`."""

    at: datetime
    working_day: int
    title: Text
    kind: str


def lines(case: CaseView) -> list[Line]:
    received_on = day_of(case.row.received_at)
    found: list[Line] = []
    for entry in case.entries:
        working_day = case.calendar.count(received_on, day_of(entry.at))
        title, good = _WORDS[entry.kind](entry, case.definition)
        found.append(Line(entry.at, working_day, title, "done" if good else "wrong"))
        if entry.details.get("outcome"):
            approved = entry.details["outcome"] == "approved"
            closed = Text("办结：准予", "Closed: granted") if approved else Text("办结：不予许可", "Closed: refused")
            found.append(Line(entry.at, working_day, closed, "done" if approved else "wrong"))
    return found


def _title(entry: Entry, definition: Definition) -> Text:
    node = definition.nodes.get(entry.node)
    return node.title if node else Text(entry.node, entry.node)


def _submitted(_entry: Entry, _definition: Definition) -> tuple[Text, bool]:
    return Text("收到申请", "Application received"), True


def _decided(entry: Entry, definition: Definition) -> tuple[Text, bool]:
    title, approved = _title(entry, definition), entry.details.get("verdict") == Verdict.APPROVE
    zh, en = ("通过", "approved") if approved else ("不予通过", "rejected")
    return Text(f"{title.zh}：{zh}", f"{title.en}: {en}"), approved


def _deemed(entry: Entry, definition: Definition) -> tuple[Text, bool]:
    title = _title(entry, definition)
    zh = f"{title.zh}：逾期未告知，视为自收到之日起受理"
    return Text(zh, f"{title.en}: no word in time, accepted as of the day of receipt"), True


def _checked(entry: Entry, definition: Definition) -> tuple[Text, bool]:
    title, passed = _title(entry, definition), entry.details.get("passed") is True
    zh, en = ("核验通过", "passed") if passed else ("没有有效证照", "no valid licence")
    return Text(f"{title.zh}：{zh}", f"{title.en}: {en}"), passed


def _issued(entry: Entry, definition: Definition) -> tuple[Text, bool]:
    title = _title(entry, definition)
    return Text(f"{title.zh}：已发证", f"{title.en}: issued"), True


def _refused(entry: Entry, _definition: Definition) -> tuple[Text, bool]:
    reason = entry.details.get("reason", "")
    zh = f"发证受阻（{reason}），系统继续尝试，不会重复发证"
    return Text(zh, f"The licence could not be issued yet ({reason}); the system keeps trying, never twice"), False


def _revoked(entry: Entry, _definition: Definition) -> tuple[Text, bool]:
    code = entry.details.get("license_type", "")
    return Text(f"本办件所发证照已被吊销（{code}）", f"A licence of this case was revoked ({code})"), False


_WORDS: Mapping[str, Callable[[Entry, Definition], tuple[Text, bool]]] = {
    "submitted": _submitted,
    "decided": _decided,
    "deemed_accepted": _deemed,
    "checked": _checked,
    "issued": _issued,
    "license_refused": _refused,
    "license_revoked": _revoked,
}

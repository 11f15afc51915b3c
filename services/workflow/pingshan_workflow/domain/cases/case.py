"""Cases (办件): what is filed, what happens to them, and what each transition changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pingshan_workflow.domain.errors import ReasonRequired

_CASE_ID = re.compile(r"[0-9]{4}-[0-9]{6,}")


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


NOBODY = "—"
"""Stands for who decided, where silence did."""


class TaskState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"

    @property
    def is_decided(self) -> bool:
        return self in {TaskState.APPROVED, TaskState.REJECTED}


class CaseState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class Fault(StrEnum):
    """Says why an open case cannot go on by itself: Temporal and PostgreSQL were put back to different times."""

    LOST = "lost"
    """Temporal has no execution of it."""
    ENDED = "ended"
    """Its execution is over before the case is."""
    AHEAD = "ahead"
    """PostgreSQL has recorded more than the execution has done."""
    UNRECORDED = "unrecorded"
    """What the execution has done cannot be recorded."""


class BranchOutcome(StrEnum):
    """Says how a branch ended: `PENDING` until it reaches its join, `SKIPPED` where nobody was asked."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Kind(StrEnum):
    """Says what a transition is about."""

    SUBMITTED = "submitted"
    DECIDED = "decided"
    DEEMED_ACCEPTED = "deemed_accepted"
    CHECKED = "checked"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Holds what was filed, the input of a case's workflow; `definition` is the canonical text that the hash pins."""

    case_id: str
    request_id: str
    definition: str
    definition_hash: str
    applicant_name: str
    applicant_code: str
    agent_name: str
    agent_mobile: str
    form: Mapping[str, Any]
    filed_by: str
    filed_by_name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Records one person's verdict on one task; `posts` and `organisation` are those of the person."""

    request_id: str
    node: str
    verdict: Verdict
    comment: str
    person_id: str
    person_name: str
    organisation: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Answers a submit or a decision with the number of the transition that recorded it."""

    case_id: str
    transition: int


@dataclass(frozen=True, slots=True)
class LicenseCheck:
    """Asks e-license whether the applicant holds a valid licence of this type."""

    case_id: str
    node: str
    license_type: str
    applicant_code: str


@dataclass(frozen=True, slots=True)
class IssueLicense:
    """Orders a licence, once for a case and node; the activity `issue_license` receives it."""

    case_id: str
    node: str
    license_type: str
    holder_name: str
    holder_code: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IssuedLicense:
    license_id: str
    identifier: str
    license_type: str
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """Describes one step of a case; steps are numbered from 1 without a gap.

    `opened`, `skipped`, `checks` and `orders` follow from it; only the last one has `outcome` and the node `end`.
    """

    case_id: str
    number: int
    kind: Kind
    at: datetime
    node: str = ""
    decision: Decision | None = None
    passed: bool | None = None
    license: IssuedLicense | None = None
    accepted: bool = False
    opened: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    checks: tuple[LicenseCheck, ...] = ()
    orders: tuple[IssueLicense, ...] = ()
    outcome: CaseState | None = None
    end: str = ""


@dataclass(frozen=True, slots=True)
class RecordTransition:
    """Holds what the activity `record_transition` receives; only the first transition comes with the file."""

    transition: Transition
    file: CaseFile | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Holds when silence accepts (UTC), for each task just opened that has such a limit."""

    silence_at: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """Tells what an execution has recorded after the number that was asked about, in order."""

    recorded: int
    """Number of the newest transition that the execution knows to be recorded."""
    missing: tuple[RecordTransition, ...] = ()
    is_over: bool = False
    """Whether the execution has ended, however that came."""


def fault_of(account: Account | None, last: int, state: CaseState) -> Fault | None:
    """Returns what is wrong with a case that has `last` transitions in PostgreSQL; None for an account: lost."""
    if state is not CaseState.OPEN:
        return None
    if account is None:
        return Fault.LOST
    if last > account.recorded + 1:  # one more is recorded before the execution hears of it
        return Fault.AHEAD
    return Fault.ENDED if account.is_over else None


def numbered(year: int, number: int) -> str:
    """Returns the case id of the year's `number`-th request to file, from 1, for example "2026-000123"."""
    return f"{year}-{number:06d}"


def year_of(case_id: str) -> int:
    """Returns the year in which the number was given."""
    return int(case_id.partition("-")[0])


def number_of(case_id: str) -> int:
    """Returns which of its year the case is, from 1."""
    return int(case_id.partition("-")[2])


def is_case_id(text: str) -> bool:
    """Returns True if the text has the form of a case id, for example "2026-000123"."""
    return _CASE_ID.fullmatch(text) is not None


def task_id(case_id: str, node: str) -> str:
    """Returns the task's id, for example "2026-000123.food-permit"."""
    return f"{case_id}.{node}"


def split_task_id(text: str) -> tuple[str, str]:
    """Returns case id and node; the node is empty where the text has no dot."""
    case_id, _, node = text.partition(".")
    return case_id, node


def check_reason(task_id: str, verdict: Verdict, comment: str) -> None:
    """Raises ReasonRequired for a rejection without a reason (行政许可法 Art. 38)."""
    if verdict is Verdict.REJECT and not comment.strip():
        raise ReasonRequired(task_id=task_id)

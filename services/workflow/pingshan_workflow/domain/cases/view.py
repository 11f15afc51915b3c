"""Shapes in which pages and RPCs show cases and tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pingshan_values.text import Text

from pingshan_workflow.domain.cases.case import CaseState, Fault, TaskState, task_id
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.clock.light import Remaining
from pingshan_workflow.domain.definitions.definition import Definition, TaskNode


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Holds a task as it is stored; `due_on` is the last day in time, `limit_days` the limit in working days."""

    case_id: str
    node: str
    organisation: str
    post: str
    state: TaskState
    opened_at: datetime
    due_on: date | None
    limit_days: int | None
    decided_at: datetime | None
    decided_by: str
    decided_by_name: str
    comment: str

    @property
    def task_id(self) -> str:
        return task_id(self.case_id, self.node)


@dataclass(frozen=True, slots=True)
class LicenseRow:
    license_id: str
    license_type: str
    title: Text
    identifier: str
    node: str
    issued_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Describes one line of a case's timeline: a transition, or a note, whose `number` is None."""

    number: int | None
    kind: str
    node: str
    at: datetime
    actor: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseRow:
    case_id: str
    definition_hash: str
    process: str
    applicant_name: str
    applicant_code: str
    agent_name: str
    agent_mobile: str
    form: Mapping[str, Any]
    filed_by: str
    filed_by_name: str
    state: CaseState
    received_at: datetime
    accepted_on: date | None
    promise_due: date | None
    closed_at: datetime | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    row: TaskRow
    node: TaskNode
    remaining: Remaining


@dataclass(frozen=True, slots=True)
class CaseView:
    """Holds a case with what the reader may see of it; `remaining` is the time left of the promise."""

    row: CaseRow
    is_masked: bool
    """Whether personal data of the case are hidden in `row`."""
    is_own: bool
    """Whether the reader filed the case or acts for its applicant, and so decides none of its tasks."""
    definition: Definition
    remaining: Remaining
    tasks: Sequence[TaskView]
    licenses: Sequence[LicenseRow]
    entries: Sequence[Entry]
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Describes a case in a list; `remaining` is the time left of the promise."""

    case_id: str
    definition: Definition
    applicant_name: str
    state: CaseState
    received_at: datetime
    promise_due: date | None
    remaining: Remaining


@dataclass(frozen=True, slots=True)
class InboxLine:
    """Describes a task in the inbox."""

    task: TaskView
    definition: Definition
    applicant_name: str
    received_at: datetime

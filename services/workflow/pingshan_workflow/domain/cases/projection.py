"""Computes what a transition makes of a stored case: its state, its days, and when silence accepts."""

from dataclasses import replace
from datetime import date, datetime

from pingshan_values.shanghai import day_of

from pingshan_workflow.domain.cases.case import Transition
from pingshan_workflow.domain.cases.view import CaseRow
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.clock.deadline import due_on, silence_at
from pingshan_workflow.domain.definitions.definition import Definition, TaskNode


def case_after(row: CaseRow, transition: Transition, definition: Definition, calendar: WorkingCalendar) -> CaseRow:
    """Returns the case after the transition. Acceptance by silence dates back to the receipt (行政许可法 Art. 32)."""
    accepted_on = row.accepted_on
    if transition.accepted:
        accepted_on = day_of(transition.at if transition.decision else row.received_at)
    promise_due = due_on(calendar, definition.promise, day_of(row.received_at), accepted_on)
    return replace(
        row,
        state=transition.outcome or row.state,
        accepted_on=accepted_on,
        promise_due=promise_due,
        closed_at=transition.at if transition.outcome else None,
    )


def task_due(calendar: WorkingCalendar, node: TaskNode, case: CaseRow) -> date | None:
    """Returns the last day in time, None without a limit or before the acceptance that starts it."""
    if node.limit is None:
        return None
    return due_on(calendar, node.limit, day_of(case.received_at), case.accepted_on)


def silences(
    definition: Definition, calendar: WorkingCalendar, transition: Transition, case: CaseRow
) -> dict[str, datetime]:
    """Returns when silence accepts (UTC), for each task that the transition opened and that has such a limit."""
    found: dict[str, datetime] = {}
    for name in transition.opened:
        node = definition.required_task(name)
        due = task_due(calendar, node, case)
        if node.limit and node.limit.silence_approves and due:
            found[name] = silence_at(due)
    return found

"""Records a case's next transition: projection, history and events in one transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pingshan_events.workflow import CaseClosed, CaseSubmitted, TaskDecided
from pingshan_kit import audit_log, telemetry
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7_of
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import (
    CaseFile,
    CaseState,
    Recorded,
    RecordTransition,
    TaskState,
    Transition,
    Verdict,
    task_id,
)
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.cases.projection import case_after, silences, task_due
from pingshan_workflow.domain.cases.view import CaseRow, TaskRow
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.store import calendars, cases, definitions, history, submissions, tasks
from pingshan_workflow.usecases.dependencies import Dependencies

_SELF = Actor(kind=ActorKind.SERVICE, service="workflow")


class TransitionMissing(Exception):
    """Reports a transition whose preceding one is not recorded: an older copy of the database was put back."""


async def record_transition(deps: Dependencies, command: RecordTransition) -> Recorded:
    """Records the transition and returns when silence accepts; the same one again changes nothing.

    Raises TransitionMissing where the case or a number before this one is not there.
    """
    transition = command.transition
    telemetry.mark(case_id=transition.case_id, correlation_id=transition.case_id)
    async with deps.database.begin() as tx:
        if command.file:
            file = command.file
            if await submissions.find(tx, file.filed_by, UUID(file.request_id)) is None:
                await _put_back(tx, deps, file)
            await cases.add(tx, deps.personal, file, definitions.parsed(file.definition).code)
        found = await cases.lock(tx, deps.personal, transition.case_id)
        if found is None:
            raise TransitionMissing(f"{transition.case_id}: {transition.number} without a case")
        row, last = found
        definition = definitions.parsed(await definitions.text_of(tx, row.definition_hash))
        calendar = await calendars.load(tx)
        if transition.number > last + 1:
            raise TransitionMissing(f"{transition.case_id}: {transition.number} after {last}")
        if await _add_transition(tx, transition):
            row = case_after(row, transition, definition, calendar)
            await _project(tx, deps, row, transition, definition, calendar)
            await _publish(tx, row, transition, definition)
        return Recorded(silences(definition, calendar, transition, row))


async def _put_back(tx: AsyncConnection, deps: Dependencies, file: CaseFile) -> None:
    """Adds what was there when the case was filed: its definition, its number, and that the request has it."""
    definition = definitions.parsed(file.definition)
    await definitions.add(
        tx,
        code=definition.code,
        version=definition.version,
        text=file.definition,
        text_hash=file.definition_hash,
        at=file.received_at,
    )
    filing = Filing(
        definition.code, file.applicant_name, file.applicant_code, file.agent_name, file.agent_mobile, file.form
    )
    await submissions.put_back(
        tx,
        caller=file.filed_by,
        request_id=UUID(file.request_id),
        request_hash=deps.personal.index(filing.canonical()),
        case_id=file.case_id,
        definition_hash=file.definition_hash,
        received_at=file.received_at,
    )


async def _add_transition(tx: AsyncConnection, transition: Transition) -> bool:
    decision = transition.decision
    details: dict[str, Any] = {"opened": list(transition.opened), "skipped": list(transition.skipped)}
    sent = [check.node for check in transition.checks] + [order.node for order in transition.orders]
    if sent:
        details["sent"] = sent
    if decision:
        details["verdict"] = decision.verdict
    if transition.passed is not None:
        details["passed"] = transition.passed
    if transition.license:
        details["license_id"] = transition.license.license_id
    if transition.outcome:
        details |= {"outcome": transition.outcome, "end": transition.end}
    return await history.add_transition(
        tx,
        case_id=transition.case_id,
        number=transition.number,
        kind=transition.kind,
        node=transition.node,
        at=transition.at,
        actor=_actor(transition).id,
        request_id=UUID(decision.request_id) if decision else None,
        details=details,
    )


def _actor(transition: Transition) -> Actor:
    decision = transition.decision
    return Actor(kind=ActorKind.PERSON, person_id=decision.person_id) if decision else _SELF


async def _project(
    tx: AsyncConnection,
    deps: Dependencies,
    row: CaseRow,
    transition: Transition,
    definition: Definition,
    calendar: WorkingCalendar,
) -> None:
    await cases.move(
        tx,
        row.case_id,
        transition.number,
        state=row.state,
        accepted_on=row.accepted_on,
        promise_due=row.promise_due,
        closed_at=row.closed_at,
    )
    await _close_tasks(tx, deps, transition)
    for name in transition.opened:
        node = definition.required_task(name)
        await tasks.open_task(tx, row.case_id, node, transition.at, task_due(calendar, node, row))
    if transition.accepted:
        await _set_dues(tx, await tasks.of_case(tx, deps.personal, row.case_id), definition, calendar, row)
    if transition.license:
        await history.add_license(tx, row.case_id, transition.node, transition.license, transition.at)


async def _close_tasks(tx: AsyncConnection, deps: Dependencies, transition: Transition) -> None:
    decision = transition.decision
    if decision:
        state = TaskState.APPROVED if decision.verdict is Verdict.APPROVE else TaskState.REJECTED
        await tasks.decide_task(tx, deps.personal, transition.case_id, decision, state, transition.at)
    elif transition.accepted:
        await tasks.close_task(tx, transition.case_id, transition.node, TaskState.APPROVED, transition.at)
    for name in transition.skipped:
        await tasks.close_task(tx, transition.case_id, name, TaskState.SKIPPED, transition.at)


async def _set_dues(
    tx: AsyncConnection, rows: Sequence[TaskRow], definition: Definition, calendar: WorkingCalendar, case: CaseRow
) -> None:
    """Sets limits that acceptance starts, for tasks that were open before it."""
    for row in rows:
        if row.state is TaskState.OPEN:
            due = task_due(calendar, definition.required_task(row.node), case)
            await tasks.set_due(tx, row.case_id, row.node, due)


async def _publish(tx: AsyncConnection, row: CaseRow, transition: Transition, definition: Definition) -> None:
    """Publishes events and logs a decision, in the order in which they became true."""
    common: dict[str, Any] = {
        "aggregate_id": row.case_id,
        "aggregate_version": transition.number,
        "correlation_id": row.case_id,
        "occurred_at": transition.at,
        "case_id": row.case_id,
    }
    if transition.number == 1:
        await outbox.publish(
            tx, CaseSubmitted(event_id=_event_id(transition, "submitted"), process=row.process, **common)
        )
    decision = transition.decision
    if decision:
        task = task_id(row.case_id, decision.node)
        await audit_log.append(
            tx, actor=_actor(transition), act="task.decided", subject=task, details={"verdict": decision.verdict}
        )
        await outbox.publish(
            tx,
            TaskDecided(
                event_id=_event_id(transition, "decided"),
                task_id=task,
                node=decision.node,
                organisation=definition.required_task(decision.node).organisation,
                verdict=decision.verdict.value,
                **common,
            ),
        )
    if transition.outcome:
        licenses = [issued.license_id for issued in await history.licenses(tx, row.case_id)]
        approved = transition.outcome is CaseState.APPROVED
        closed = CaseClosed(
            event_id=_event_id(transition, "closed"),
            process=row.process,
            outcome="approved" if approved else "rejected",
            license_ids=licenses,
            **common,
        )
        await outbox.publish(tx, closed)


def _event_id(transition: Transition, past: str) -> UUID:
    """Returns the same id whenever this transition is recorded, so that nobody acts on its event a second time."""
    return uuid7_of(transition.at, f"{transition.case_id}/{transition.number}/{past}")

"""Queries on tasks: who has to decide what until when, and who decided."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import ColumnElement, Row, func, literal, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import Decision, TaskState
from pingshan_workflow.domain.cases.view import TaskRow
from pingshan_workflow.domain.definitions.definition import TaskNode
from pingshan_workflow.store import cases
from pingshan_workflow.store.tables import case_file, task

_NEVER = date(9999, 12, 31)
DUE = func.coalesce(task.c.due_on, literal_column("DATE '9999-12-31'"))
"""Repeats the expression of the index ix_task_inbox."""


class InboxKey(NamedTuple):
    """Marks where a page of the inbox ends: due day (9999-12-31 where there is none), case, node."""

    due_on: date
    case_id: str
    node: str


class InboxRow(NamedTuple):
    task: TaskRow
    definition_hash: str
    applicant_name: str
    applicant_code: str
    received_at: datetime


async def open_task(
    tx: AsyncConnection, case_id: str, node: TaskNode, opened_at: datetime, due_on: date | None
) -> None:
    await tx.execute(
        task.insert().values(
            case_id=case_id,
            node=node.id,
            organisation=node.organisation,
            post=node.post,
            state=TaskState.OPEN,
            opened_at=opened_at,
            due_on=due_on,
            limit_days=node.limit.days if node.limit else None,
        )
    )


async def close_task(tx: AsyncConnection, case_id: str, node: str, state: TaskState, at: datetime) -> None:
    """Closes a task that no person decided: skipped, or accepted by silence."""
    await tx.execute(task.update().where(_is(case_id, node)).values(state=state, decided_at=at))


async def decide_task(
    tx: AsyncConnection, personal: PersonalData, case_id: str, decision: Decision, state: TaskState, at: datetime
) -> None:
    def seal(column: str, text: str) -> bytes:
        return personal.encrypt(text, table="task", column=column, row=f"{case_id}.{decision.node}")

    await tx.execute(
        task.update()
        .where(_is(case_id, decision.node))
        .values(
            state=state,
            decided_at=at,
            decided_by=decision.person_id,
            decided_by_name=seal("decided_by_name", decision.person_name),
            comment=seal("comment", decision.comment),
        )
    )


async def set_due(tx: AsyncConnection, case_id: str, node: str, due_on: date | None) -> None:
    await tx.execute(task.update().where(_is(case_id, node)).values(due_on=due_on))


async def of_case(tx: AsyncConnection, personal: PersonalData, case_id: str) -> list[TaskRow]:
    """Returns the case's tasks, the one that opened first first."""
    query = select(task).where(task.c.case_id == case_id).order_by(task.c.opened_at, task.c.node)
    return [_task(personal, row) for row in await tx.execute(query)]


async def find(tx: AsyncConnection, personal: PersonalData, case_id: str, node: str) -> TaskRow | None:
    row = (await tx.execute(select(task).where(_is(case_id, node)))).one_or_none()
    return None if row is None else _task(personal, row)


async def inbox(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    organisation: str,
    posts: Sequence[str],
    after: InboxKey | None,
    size: int,
    process: str = "",
    node: str = "",
    overdue_on: date | None = None,
    without_filed_by: str = "",
    without_applicants: Collection[str] = (),
) -> list[InboxRow]:
    """Returns up to `size` open tasks of the posts at the organisation, soonest due first.

    `after` continues behind a page, `overdue_on` keeps tasks due before that day, `without_…` leaves out what an actor
    filed or what these applicants want; empty text and None filter nothing.
    """
    order = (DUE, task.c.case_id, task.c.node)
    query = (
        select(
            task,
            case_file.c.definition_hash,
            case_file.c.applicant_name,
            case_file.c.applicant_code,
            case_file.c.received_at,
        )
        .join(case_file, case_file.c.case_id == task.c.case_id)
        .where(task.c.state == TaskState.OPEN, task.c.organisation == organisation, among(task.c.post, posts))
        .order_by(*order)
        .limit(size)
    )
    if after:
        query = query.where(tuple_(*order) > tuple_(*map(literal, after)))
    if process:
        query = query.where(case_file.c.process == process)
    if node:
        query = query.where(task.c.node == node)
    if overdue_on:
        query = query.where(task.c.due_on < overdue_on)
    if without_filed_by:
        query = query.where(case_file.c.filed_by != without_filed_by)
    if without_applicants:
        query = query.where(case_file.c.applicant_index.notin_([personal.index(code) for code in without_applicants]))
    return [_inbox_row(personal, row) for row in await tx.execute(query)]


def inbox_key(row: TaskRow) -> InboxKey:
    return InboxKey(row.due_on or _NEVER, row.case_id, row.node)


def _inbox_row(personal: PersonalData, row: Row[Any]) -> InboxRow:
    name, code = cases.applicant(personal, row)
    return InboxRow(_task(personal, row), row.definition_hash, name, code, row.received_at)


def _is(case_id: str, node: str) -> ColumnElement[bool]:
    return (task.c.case_id == case_id) & (task.c.node == node)


def _task(personal: PersonalData, row: Row[Any]) -> TaskRow:
    def opened(column: str) -> str:
        sealed: bytes | None = getattr(row, column)
        where = f"{row.case_id}.{row.node}"
        return "" if sealed is None else personal.decrypt(sealed, table="task", column=column, row=where)

    return TaskRow(
        case_id=row.case_id,
        node=row.node,
        organisation=row.organisation,
        post=row.post,
        state=TaskState(row.state),
        opened_at=row.opened_at,
        due_on=row.due_on,
        limit_days=row.limit_days,
        decided_at=row.decided_at,
        decided_by=row.decided_by or "",
        decided_by_name=opened("decided_by_name"),
        comment=opened("comment"),
    )

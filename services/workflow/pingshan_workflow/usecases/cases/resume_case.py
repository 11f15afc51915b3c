"""Starts the process of a case again from its record, where Temporal has lost or ended it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, telemetry
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.access import check_may_resume
from pingshan_workflow.domain.cases.case import (
    CaseFile,
    Decision,
    Fault,
    IssuedLicense,
    Kind,
    TaskState,
    Transition,
    Verdict,
)
from pingshan_workflow.domain.cases.projection import silences
from pingshan_workflow.domain.cases.resumption import Resumed, repeat
from pingshan_workflow.domain.cases.run import CaseRun
from pingshan_workflow.domain.cases.view import CaseRow, Entry, LicenseRow, TaskRow
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.domain.errors import CaseNotFound, NotResumable
from pingshan_workflow.store import calendars, cases, definitions, history, submissions, tasks
from pingshan_workflow.usecases.cases.catch_up import CatchUp, catch_up
from pingshan_workflow.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ResumeCase:
    case_id: str


async def resume_case(deps: Dependencies, actor: Actor, command: ResumeCase) -> None:
    """Lets the case go on where its record ends: who decided has decided, licences that were issued are issued.

    Raises NotAllowed for all but operators, CaseNotFound, NotResumable where its process is there or the record does
    not lead to where it stands, and NotConfirmed where Temporal did not answer.
    """
    check_may_resume(actor)
    case_id = command.case_id
    telemetry.mark(case_id=case_id, correlation_id=case_id)
    async with deps.database.read() as tx:
        if not await cases.exists(tx, case_id):
            raise CaseNotFound(case_id=case_id)
    if await catch_up(deps, CatchUp(case_id)) not in {Fault.LOST, Fault.ENDED}:
        raise NotResumable(case_id=case_id)
    async with deps.database.begin() as tx:
        resumed = await _record_of(tx, deps, case_id)
        details = {"transitions": len(resumed.transitions)}
        await audit_log.append(tx, actor=actor, act="case.resumed", subject=case_id, details=details)
    await deps.executions.resume(resumed)
    async with deps.database.begin() as tx:
        await cases.note_compared(tx, case_id, None)


async def _record_of(tx: AsyncConnection, deps: Dependencies, case_id: str) -> Resumed:
    row, request_id = await cases.find(tx, deps.personal, case_id), await submissions.request_of(tx, case_id)
    if row is None or request_id is None:
        raise NotResumable(case_id=case_id)
    text = await definitions.text_of(tx, row.definition_hash)
    definition, calendar = definitions.parsed(text), await calendars.load(tx)
    file = _file(row, str(request_id), text)
    by_node = {each.node: each for each in await tasks.of_case(tx, deps.personal, case_id)}
    licenses = {each.license_id: each for each in await history.licenses(tx, case_id)}
    run, made = CaseRun(file, definition), list[Transition]()
    for entry, decided_with in await history.transitions(tx, case_id):
        made.append(repeat(run, _act(case_id, entry, decided_with, definition, by_node, licenses)))
    _check_same(case_id, run, list(by_node.values()))
    waits = {
        node: at
        for each in made
        for node, at in silences(definition, calendar, each, row).items()
        if run.task_state(node) is TaskState.OPEN
    }
    return Resumed(file, tuple(made), waits)


def _act(
    case_id: str,
    entry: Entry,
    decided_with: UUID | None,
    definition: Definition,
    by_node: dict[str, TaskRow],
    licenses: dict[str, LicenseRow],
) -> Transition:
    decision, issued = None, licenses.get(entry.details.get("license_id", ""))
    if entry.kind == Kind.DECIDED:
        task, node = by_node[entry.node], definition.required_task(entry.node)
        decision = Decision(
            request_id=str(decided_with),
            node=entry.node,
            verdict=Verdict(entry.details["verdict"]),
            comment=task.comment,
            person_id=task.decided_by,
            person_name=task.decided_by_name,
            organisation=node.organisation,
            posts=(node.post,),
        )
    return Transition(
        case_id=case_id,
        number=entry.number or 0,
        kind=Kind(entry.kind),
        at=entry.at,
        node=entry.node,
        decision=decision,
        passed=entry.details.get("passed"),
        license=_issued(issued) if issued else None,
    )


def _issued(row: LicenseRow) -> IssuedLicense:
    return IssuedLicense(row.license_id, row.identifier, row.license_type, row.title.zh, row.title.en)


def _check_same(case_id: str, run: CaseRun, rows: Sequence[TaskRow]) -> None:
    """Raises NotResumable where the run that the record makes has other tasks, or has ended."""
    if run.outcome is not None or any(run.task_state(each.node) is not each.state for each in rows):
        raise NotResumable(case_id=case_id)


def _file(row: CaseRow, request_id: str, text: str) -> CaseFile:
    return CaseFile(
        case_id=row.case_id,
        request_id=request_id,
        definition=text,
        definition_hash=row.definition_hash,
        applicant_name=row.applicant_name,
        applicant_code=row.applicant_code,
        agent_name=row.agent_name,
        agent_mobile=row.agent_mobile,
        form=row.form,
        filed_by=row.filed_by,
        filed_by_name=row.filed_by_name,
        received_at=row.received_at,
    )

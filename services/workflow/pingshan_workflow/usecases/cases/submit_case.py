"""Files a case once for one request, whatever is repeated or killed."""

from dataclasses import dataclass, replace
from uuid import UUID

from pingshan_kit import clock, telemetry
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.logging import log
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.access import check_may_file_for
from pingshan_workflow.domain.cases.case import CaseFile
from pingshan_workflow.domain.cases.filing import Filing, checked
from pingshan_workflow.domain.errors import CaseNumberTaken, NotConfirmed, ProcessUnknown
from pingshan_workflow.store import cases, definitions, submissions
from pingshan_workflow.store.submissions import Reservation
from pingshan_workflow.usecases.dependencies import Dependencies

MOST_TAKEN = 100
"""Numbers that one request steps over; the next one goes on from there."""


@dataclass(frozen=True, slots=True)
class SubmitCase:
    request_id: UUID
    filing: Filing


async def submit_case(deps: Dependencies, actor: Actor, command: SubmitCase) -> str:
    """Returns the case id once the case is recorded; the same request id returns the same one.

    Raises ProcessUnknown, ApplicantCodeInvalid, FormInvalid, NotApplicant, RequestIdReused, and NotConfirmed where
    Temporal did not answer, or has other cases under very many numbers: the same request goes on where this one
    stopped.
    """
    async with deps.database.begin() as tx:
        known = await submissions.find(tx, actor.id, command.request_id)
        text_hash, text = await _definition(tx, command.filing.process, known)
        filing = checked(command.filing, definitions.parsed(text))
        check_may_file_for(actor, filing.applicant_code)
        request_hash = deps.personal.index(filing.canonical())
        reservation = known or await submissions.reserve(
            tx,
            caller=actor.id,
            request_id=command.request_id,
            request_hash=request_hash,
            definition_hash=text_hash,
            received_at=clock.now(),
            year=clock.today().year,
        )
        if reservation.request_hash != request_hash:
            raise RequestIdReused
        on_record = await cases.exists(tx, reservation.case_id)
    if not on_record:
        reservation = await _submit(deps, _file(actor, command.request_id, reservation, text, filing), reservation)
    telemetry.mark(case_id=reservation.case_id, correlation_id=reservation.case_id)
    return reservation.case_id


async def _submit(deps: Dependencies, file: CaseFile, reservation: Reservation) -> Reservation:
    """Starts the case, under the first number that Temporal has no other case for, and returns what it then has.

    Where an older copy of PostgreSQL was put back, numbers are given a second time, and Temporal still has the cases
    that were filed under them.
    """
    for _ in range(MOST_TAKEN):
        try:
            await deps.executions.submit(replace(file, case_id=reservation.case_id))
        except CaseNumberTaken:
            log.warning("case.number_taken", case_id=reservation.case_id)
        else:
            return reservation
        async with deps.database.begin() as tx:
            if await cases.exists(tx, reservation.case_id):  # it was this request's own, and has ended meanwhile
                return reservation
            reservation = await submissions.renumber(tx, file.filed_by, UUID(file.request_id), reservation)
    raise NotConfirmed(part="temporal")


async def _definition(tx: AsyncConnection, process: str, known: Reservation | None) -> tuple[str, str]:
    """Returns hash and text of the version with which the request was reserved, else of the newest.

    Raises ProcessUnknown.
    """
    if known:
        return known.definition_hash, await definitions.text_of(tx, known.definition_hash)
    newest = await definitions.newest_text(tx, process)
    if newest is None:
        raise ProcessUnknown(process=process)
    return newest


def _file(actor: Actor, request_id: UUID, reservation: Reservation, text: str, filing: Filing) -> CaseFile:
    return CaseFile(
        case_id=reservation.case_id,
        request_id=str(request_id),
        definition=text,
        definition_hash=reservation.definition_hash,
        applicant_name=filing.applicant_name,
        applicant_code=filing.applicant_code,
        agent_name=filing.agent_name,
        agent_mobile=filing.agent_mobile,
        form=filing.form,
        filed_by=actor.id,
        filed_by_name=actor.name or "",
        received_at=reservation.received_at,
    )

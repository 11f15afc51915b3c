"""Puts right what PostgreSQL and Temporal know of one case, after an older copy of either was put back."""

from dataclasses import dataclass

from pingshan_kit.logging import log
from sqlalchemy.exc import SQLAlchemyError

from pingshan_workflow.domain.cases.case import CaseState, Fault, fault_of
from pingshan_workflow.store import cases
from pingshan_workflow.usecases.cases.record_transition import TransitionMissing, record_transition
from pingshan_workflow.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CatchUp:
    case_id: str


async def catch_up(deps: Dependencies, command: CatchUp) -> Fault | None:
    """Records what the case's execution has done and PostgreSQL does not know; returns what is wrong all the same.

    The execution is not touched: no licence is ordered and nobody asked a second time. Raises NotConfirmed where
    Temporal did not answer.
    """
    case_id = command.case_id
    async with deps.database.read() as tx:
        known = await cases.last_of(tx, case_id)
    account = await deps.executions.account(case_id, known[1] if known else 0)
    fault = None
    try:
        for missing in account.missing if account else ():
            await record_transition(deps, missing)
            log.warning("case.recorded_anew", case_id=case_id, number=missing.transition.number)
    except (TransitionMissing, SQLAlchemyError) as error:
        log.warning("case.not_recorded", case_id=case_id, error=type(error).__name__)
        fault = Fault.UNRECORDED
    async with deps.database.begin() as tx:
        state, last = await cases.last_of(tx, case_id) or (CaseState.OPEN, 0)
        fault = fault or fault_of(account, last, state)
        await cases.note_compared(tx, case_id, fault)
    if fault:
        log.warning("case.stalled", case_id=case_id, fault=fault.value)
    return fault

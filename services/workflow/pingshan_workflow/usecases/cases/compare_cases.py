"""Compares open cases with what Temporal has of them, some at a time, or all."""

from collections.abc import Sequence
from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.logging import log
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import Fault
from pingshan_workflow.domain.errors import NotConfirmed
from pingshan_workflow.store import cases
from pingshan_workflow.usecases.cases.catch_up import CatchUp, catch_up
from pingshan_workflow.usecases.dependencies import Dependencies

AGREED_FOR = timedelta(hours=1)
"""How long after a comparison, or a transition, a case is believed to be the one that Temporal has."""
AT_ONCE = 20
"""Cases that are compared in one minute."""
_LISTED = 500


async def compare_cases(deps: Dependencies) -> int:
    """Compares the open cases whose turn it is and returns how many; waits for the next time while Temporal is away."""
    async with deps.database.read() as tx:
        due = await cases.to_compare(tx, before=clock.now() - AGREED_FOR, size=AT_ONCE)
    return len(await _each(deps, due))


async def find_lost_cases(deps: Dependencies) -> int:
    """Records cases that Temporal has and PostgreSQL does not know at all; returns how many."""
    found, some = 0, list[str]()
    try:
        async for case_id in deps.executions.case_ids():
            some.append(case_id)
            if len(some) == _LISTED:
                found += await _record_unknown(deps, some)
                some = []
    except NotConfirmed:
        log.warning("cases.not_listed")
    return found + await _record_unknown(deps, some)


async def compare_all_cases(deps: Dependencies) -> tuple[int, int, int]:
    """Compares every open case now; returns how many were unknown, were compared, and cannot go on by themselves.

    Raises NotConfirmed where Temporal did not answer.
    """
    begun = clock.now()
    unknown = await find_lost_cases(deps)
    compared = 0
    while True:
        async with deps.database.read() as tx:
            due = await cases.to_compare(tx, before=begun, size=AT_ONCE)
        if not due:
            break
        done = await _each(deps, due)
        compared += len(done)
        if len(done) < len(due):
            raise NotConfirmed(part="temporal")
    async with deps.database.read() as tx:
        return unknown, compared, await cases.count_faults(tx)


async def stalled_cases(tx: AsyncConnection) -> int:
    """Returns how many cases cannot go on by themselves."""
    return await cases.count_faults(tx)


async def _each(deps: Dependencies, case_ids: Sequence[str]) -> list[Fault | None]:
    done: list[Fault | None] = []
    for case_id in case_ids:
        try:
            done.append(await catch_up(deps, CatchUp(case_id)))
        except NotConfirmed:
            log.warning("case.not_compared", case_id=case_id)
            break
    return done


async def _record_unknown(deps: Dependencies, case_ids: list[str]) -> int:
    if not case_ids:
        return 0
    async with deps.database.read() as tx:
        unknown = await cases.unknown_of(tx, case_ids)
    return len(await _each(deps, unknown))

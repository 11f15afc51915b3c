"""Reads the figures of sharing of the last days, for supervisors."""

from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.errors import InvalidRequest
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_supervise
from pingshan_e_license.domain.sharing.statistics import Statistics, statistics_of
from pingshan_e_license.store.sharing import counts
from pingshan_e_license.usecases.dependencies import Dependencies

DAYS = 30
"""Days that the figures cover where nobody names another number, today included."""
MOST_DAYS = 366


async def get_statistics(deps: Dependencies, actor: Actor, *, days: int = DAYS) -> Statistics:
    """Returns the figures of the last 1 to 366 days. Raises NotAllowed, InvalidRequest."""
    check_may_supervise(actor)
    if not 1 <= days <= MOST_DAYS:
        raise InvalidRequest([("days", f"天数应为 1 至 {MOST_DAYS}。", f"The number of days is 1 to {MOST_DAYS}.")])
    return await read_statistics(deps, days)


async def read_statistics(deps: Dependencies, days: int) -> Statistics:
    last = clock.today()
    first = last - timedelta(days=days - 1)
    async with deps.database.read() as tx:
        return statistics_of(await counts.totals(tx, first=first, last=last), first, last)

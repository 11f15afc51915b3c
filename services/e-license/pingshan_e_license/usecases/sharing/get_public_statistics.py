"""Reads how often each agency over-asked, where the district publishes it."""

from pingshan_kit.errors import NotFound

from pingshan_e_license.domain.sharing.statistics import Statistics
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_statistics import DAYS, read_statistics


async def get_public_statistics(deps: Dependencies) -> Statistics:
    """Returns the figures of the last 30 days. Raises NotFound unless the setting publishes them."""
    if not deps.publishes_over_asking:
        raise NotFound
    return await read_statistics(deps, DAYS)

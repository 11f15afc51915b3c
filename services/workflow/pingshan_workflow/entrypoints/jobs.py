"""Runs from time to time what compares cases with Temporal."""

from collections.abc import Sequence
from datetime import timedelta

from pingshan_kit.jobs import Periodic
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.usecases.cases.compare_cases import compare_cases, find_lost_cases, stalled_cases
from pingshan_workflow.usecases.dependencies import Dependencies


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    async def compare() -> None:
        await compare_cases(deps)

    async def find_lost() -> None:
        await find_lost_cases(deps)

    return [
        Periodic("compare-cases", timedelta(minutes=1), compare),
        Periodic("find-lost-cases", timedelta(hours=1), find_lost),
    ]


async def faults(tx: AsyncConnection) -> Sequence[tuple[str, str]]:
    """Returns what is wrong with cases, in Chinese and in English, for readiness and `pingshan doctor`."""
    count = await stalled_cases(tx)
    if not count:
        return []
    return [(f"{count} 个办件的流程与记录对不上", f"cases whose process and record do not fit each other: {count}")]

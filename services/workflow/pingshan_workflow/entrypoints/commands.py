"""What commands of the server print."""

from pingshan_workflow.domain.errors import NotConfirmed
from pingshan_workflow.usecases.cases.compare_cases import compare_all_cases
from pingshan_workflow.usecases.dependencies import Dependencies


async def comparison_report(deps: Dependencies) -> tuple[bool, str]:
    """Compares every open case; returns whether all can go on, and the sentence that says so."""
    try:
        unknown, compared, stalled = await compare_all_cases(deps)
    except NotConfirmed:
        return False, "Temporal did not answer; what was compared until then is recorded: run it again"
    said = f"unknown cases recorded: {unknown}, open cases compared: {compared}"
    if stalled:
        return False, f"{said}, of which cannot go on by themselves: {stalled}; their pages say why"
    return True, f"{said}; all can go on"

"""Names organisations on pages of sharing."""

from collections.abc import Iterable, Mapping

from pingshan_values.text import Text

from pingshan_e_license.usecases.dependencies import Dependencies


async def name_organisations(deps: Dependencies, *, codes: Iterable[str]) -> Mapping[str, Text]:
    """Returns the names by code; a code stands in for a name that is not known now."""
    names = await deps.organisations.names()
    return {code: names.get(code, Text(code, code)) for code in codes}

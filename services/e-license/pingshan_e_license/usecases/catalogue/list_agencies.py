"""Lists the agencies of the catalogue with their names."""

from collections.abc import Mapping

from pingshan_values.text import Text

from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_agencies(deps: Dependencies) -> Mapping[str, Text]:
    """Returns the names by code, in the order of the codes; a code stands in for a name that is not known now."""
    async with deps.database.read() as tx:
        codes = await license_types.agencies(tx)
    names = await deps.organisations.names()
    return {code: names.get(code, Text(code, code)) for code in codes}

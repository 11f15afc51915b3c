"""The agencies of the catalogue, with the names that identity knows."""

from collections.abc import Mapping

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_e_license.clients.organisations import OrganisationName, Organisations
from pingshan_e_license.store import license_types


async def list_agencies(
    _actor: Actor, database: Database, organisations: Organisations
) -> Mapping[str, OrganisationName]:
    """Names by code, in the order of the codes; the code itself stands in for a name that is not known now."""
    async with database.read() as tx:
        codes = await license_types.agencies(tx)
    names = await organisations.names()
    return {code: names.get(code, OrganisationName(code, code)) for code in codes}

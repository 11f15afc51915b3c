"""Reads licence types by their codes."""

from collections.abc import Iterable, Mapping

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_types_by_code(deps: Dependencies, *, codes: Iterable[str]) -> Mapping[str, LicenseType]:
    """Returns the types that the catalogue has, by code."""
    async with deps.database.read() as tx:
        return await license_types.by_codes(tx, codes)

"""Reads one licence with its history, masked."""

from dataclasses import replace
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import LicenseFile, read_file


async def get_license(deps: Dependencies, actor: Actor, *, license_id: UUID) -> LicenseFile:
    """Returns the licence with its history, as `shown_to` shows it: `reveal_license` lifts the mask, on record.

    Raises LicenseNotFound, or NotAllowed by `check_may_read`.
    """
    async with deps.database.read() as tx:
        file = await read_file(tx, deps, actor, license_id)
    return replace(file, found=shown_to(actor, file.found))

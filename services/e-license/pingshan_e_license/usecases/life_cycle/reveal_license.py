"""Shows a licence with its personal fields, and records who looked."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import LicenseFile, read_file


@dataclass(frozen=True, slots=True)
class RevealLicense:
    license_id: UUID


async def reveal_license(deps: Dependencies, actor: Actor, command: RevealLicense) -> LicenseFile:
    """Returns the licence unmasked once the look is on record.

    Raises LicenseNotFound, or NotAllowed by `check_may_read`.
    """
    async with deps.database.begin() as tx:
        file = await read_file(tx, deps, actor, command.license_id)
        await audit_log.append(tx, actor=actor, act="license.revealed", subject=str(command.license_id), details={})
    return file

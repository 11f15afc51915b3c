"""Reads a licence with its history, whole; the use cases decide what the actor sees of it."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_read, may_revoke
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.license import LicenseOfType, Transition
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.evidence import confirmed


@dataclass(frozen=True)
class LicenseFile:
    found: LicenseOfType
    transitions: tuple[Transition, ...]
    may_revoke: bool
    """Whether the reading actor may revoke it now."""


async def read_file(tx: AsyncConnection, deps: Dependencies, actor: Actor, license_id: UUID) -> LicenseFile:
    """Returns the licence with its history. Raises LicenseNotFound, or NotAllowed by `check_may_read`."""
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    check_may_read(actor, known)
    mark(license_id=license_id, correlation_id=known.case_id or license_id)
    [found] = await confirmed(tx, deps, await license_types.beside(tx, [known]))
    history = await transitions.of_license(tx, deps.personal, license_id)
    revocable = known.is_revocable and may_revoke(actor, known)
    return LicenseFile(found, tuple(history), revocable)

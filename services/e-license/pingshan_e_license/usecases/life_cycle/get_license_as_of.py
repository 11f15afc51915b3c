"""Answers what a licence was at a moment, over all its versions, and what the exchange knew of it at another one."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from pingshan_values.shanghai import day_of

from pingshan_e_license.domain.access import check_may_read
from pingshan_e_license.domain.license import LicenseOfType, check_moments
from pingshan_e_license.domain.life_cycle.history import AsOf, as_of
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import read_license, read_versions


@dataclass(frozen=True)
class LicenseAsOf:
    answer: AsOf
    found: LicenseOfType | None
    """The version that was in force, as `shown_to` shows it; its standing and flags are today's."""


async def get_license_as_of(
    deps: Dependencies, actor: Actor, *, license_id: UUID, at: datetime | None, known_at: datetime | None
) -> LicenseAsOf:
    """Returns the answer for any version's id; `at` and `known_at` are now where they are None.

    Raises LicenseNotFound; NotAllowed by `check_may_read`; RequestInvalid for a moment that no calendar needs.
    """
    check_moments(at=at, known_at=known_at)
    now = clock.now()
    at, known_at = at or now, known_at or now
    async with deps.database.read() as tx:
        found = await read_license(tx, deps, license_id)
        check_may_read(actor, found.license)
        versions = await read_versions(tx, deps, found.license)
    mark(license_id=license_id, correlation_id=found.license.case_id or license_id)
    answer = as_of(versions, at=at, day=day_of(at), known_at=known_at)
    if answer.version is None:
        return LicenseAsOf(answer, None)
    return LicenseAsOf(answer, shown_to(actor, replace(found, license=answer.version)))

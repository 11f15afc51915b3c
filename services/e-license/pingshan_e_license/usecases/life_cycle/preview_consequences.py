"""Tells before a decision what it would bring about, and for whom."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_decide
from pingshan_e_license.domain.license import Act, LicenseOfType
from pingshan_e_license.domain.life_cycle.consequences import TAKES_GROUND_AWAY, dependants, related_types
from pingshan_e_license.domain.masking import masked, shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import read_license


@dataclass(frozen=True)
class Consequences:
    found: LicenseOfType
    """The licence, as `shown_to` shows it."""
    dependants: tuple[LicenseOfType, ...]
    """Licences of the same holder, of any agency, that would be flagged; masked."""
    case_ids: tuple[str, ...]
    """Cases that led to these licences, and are told."""


async def preview_consequences(deps: Dependencies, actor: Actor, *, license_id: UUID, act: Act) -> Consequences:
    """Returns what the act would bring about today, and changes nothing.

    Raises LicenseNotFound; NotAllowed and LicenseTypeNotOurs by who asks; AlreadyRevoked, LicenseFinal,
    LicenseSuspended, LicenseSuperseded and TransitionRefused where the act itself would be refused.
    """
    async with deps.database.read() as tx:
        found = await read_license(tx, deps, license_id)
        known = found.license
        check_may_decide(actor, known)
        known.after(act)
        standing: list[LicenseOfType] = []
        if act in TAKES_GROUND_AWAY:
            prerequisites = await license_types.prerequisites(tx)
            types = related_types(known.type, prerequisites)
            held = await licenses.beside(tx, deps.personal, known.holder.code, types)
            ids = dependants(license_id, held, prerequisites, clock.today())
            standing = await license_types.beside(tx, await licenses.by_ids(tx, deps.personal, ids))
    case_ids = sorted({each.license.case_id for each in (found, *standing)} - {""})
    return Consequences(shown_to(actor, found), tuple(masked(each) for each in standing), tuple(case_ids))

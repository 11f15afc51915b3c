"""Restores a licence from a final standing, by a decision of reconsideration or a court, as its next version."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock, idempotency
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_decide
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.license import Act, LicenseOfType, check_effective_at, check_grounds
from pingshan_e_license.domain.life_cycle.new_version import check_decision_number, next_identifier
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import flags, licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import Grounds, Locked, lock_license, read_license, supersede
from pingshan_e_license.usecases.signing import Draft, signed_licenses


@dataclass(frozen=True, slots=True)
class RestoreLicense:
    request_id: UUID
    license_id: UUID
    decision_number: str
    """Number of the decision (文号), 1 to 100 characters."""
    reason: str = field(repr=False)
    legal_basis: str
    effective_at: datetime | None = None
    """From when the restoration holds, for example when the annulled decision was taken; None for now."""


async def restore_license(deps: Dependencies, actor: Actor, command: RestoreLicense) -> LicenseOfType:
    """Returns the restored licence, the next version with the old content and period, as `shown_to` shows it.

    What the ended version's decisions flagged is lifted. The same request id leads to the same version again. Raises
    LicenseNotFound; NotAllowed and LicenseTypeNotOurs by who asks; RequestInvalid by number, reason, legal basis and
    moment; TransitionRefused where the licence is not final, LicenseSuperseded where it has a next version;
    NoVersionLeft; RequestIdReused where the request id came with another request.
    """
    grounds = Grounds(
        Act.RESTORE,
        command.reason.strip(),
        command.legal_basis.strip(),
        decision_number=command.decision_number.strip(),
    )
    async with deps.database.begin() as tx:
        known = await licenses.by_id(tx, deps.personal, command.license_id)
        if known is None:
            raise LicenseNotFound
        check_may_decide(actor, known)
        locked = await lock_license(tx, deps, known)
        index = deps.personal.index(f"{command.license_id}\n{grounds.text}\n{command.effective_at or ''}")
        request = {"restore": str(command.license_id), "texts": index.hex()}
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request)
        if earlier is not None:
            return shown_to(actor, await read_license(tx, deps, UUID(earlier["license_id"])))
        made = await _restore(tx, deps, actor, locked, grounds, command.effective_at, index)
        response = {"license_id": str(made.license.license_id)}
        await idempotency.remember(tx, caller=actor.id, request_id=command.request_id, response=response)
    return shown_to(actor, made)


async def _restore(
    tx: AsyncConnection,
    deps: Dependencies,
    actor: Actor,
    locked: Locked,
    grounds: Grounds,
    effective_at: datetime | None,
    index: bytes,
) -> LicenseOfType:
    before, at = locked.license, clock.now()
    check_grounds(grounds.reason, grounds.legal_basis)
    check_decision_number(grounds.decision_number)
    superseded = before.after(Act.RESTORE)
    check_effective_at(before, effective_at, at)
    identifier = next_identifier(before)
    [found] = await license_types.beside(tx, [before])
    draft = Draft(found.type, identifier, before.holder, before.attributes, before.period, before.case_id)
    [restored] = await signed_licenses(tx, deps, [draft])
    made = LicenseOfType(replace(restored, is_flagged=before.is_flagged), found.type)
    await supersede(
        tx,
        deps,
        actor,
        LicenseOfType(superseded, found.type),
        made,
        grounds,
        effective_at=effective_at or at,
        request_index=index,
    )
    await flags.carry_over(tx, before.license_id, restored.license_id)
    await flags.lift(tx, cause_id=before.license_id, at=at)
    return made

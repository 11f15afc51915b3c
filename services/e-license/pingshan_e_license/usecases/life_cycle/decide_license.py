"""Decides on a licence: suspends, resumes, revokes, rescinds, cancels, lets lapse, or transfers it out."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock, idempotency
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_decide
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.license import Act, License, LicenseOfType, Transition, check_effective_at, check_grounds
from pingshan_e_license.domain.life_cycle.consequences import GIVES_GROUND_BACK, TAKES_GROUND_AWAY
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import flags, licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import Locked, lock_license, record_decision


@dataclass(frozen=True, slots=True)
class DecideLicense:
    request_id: UUID
    license_id: UUID
    act: Act
    """Any act but the issue and those of NEW_VERSION."""
    reason: str = field(repr=False)
    legal_basis: str
    effective_at: datetime | None = None
    """From when the decision holds; None for now."""


async def decide_license(deps: Dependencies, actor: Actor, command: DecideLicense) -> LicenseOfType:
    """Returns the licence after the decision, as `shown_to` shows it; the same request id changes nothing again.

    Raises LicenseNotFound; NotAllowed and LicenseTypeNotOurs by who asks; RequestInvalid without a reason of 1 to 500
    characters and a legal basis of 1 to 200, or with a moment before the licence or in the future; AlreadyRevoked,
    LicenseFinal, LicenseSuperseded and TransitionRefused by what was decided before; RequestIdReused where the request
    id came with another request.
    """
    reason, legal_basis = command.reason.strip(), command.legal_basis.strip()
    license_id, request_id = command.license_id, command.request_id
    async with deps.database.begin() as tx:
        known = await licenses.by_id(tx, deps.personal, license_id)
        if known is None:
            raise LicenseNotFound
        check_may_decide(actor, known)
        locked = await lock_license(tx, deps, known)
        check_grounds(reason, legal_basis)
        texts = deps.personal.index(f"{reason}\n{legal_basis}\n{command.effective_at or ''}").hex()
        request = {command.act.value: str(license_id), "texts": texts}
        after = locked.license
        if await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request) is None:
            after = await _decide(tx, deps, actor, locked, command)
            await idempotency.remember(
                tx, caller=actor.id, request_id=request_id, response={"license_id": str(license_id)}
            )
        [found] = await license_types.beside(tx, [after])
    return shown_to(actor, found)


async def _decide(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, locked: Locked, command: DecideLicense
) -> License:
    at = clock.now()
    known = locked.license
    after = known.after(command.act)
    check_effective_at(known, command.effective_at, at)
    decision = Transition(
        number=after.revision,
        standing=after.standing,
        effective_at=command.effective_at or at,
        recorded_at=at,
        actor=actor.id,
        reason=command.reason.strip(),
        legal_basis=command.legal_basis.strip(),
        act=command.act,
    )
    [decided] = await license_types.beside(tx, [after])
    await record_decision(tx, deps, actor, decided, decision, legal_basis=decision.legal_basis)
    cause = known.license_id
    if command.act in TAKES_GROUND_AWAY:
        await flags.raise_all(tx, locked.dependants, cause_id=cause, cause_number=decision.number, at=at)
    elif command.act in GIVES_GROUND_BACK:
        await flags.lift(tx, cause_id=cause, at=at)
    return after

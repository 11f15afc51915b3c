"""Revokes a licence (吊销), which is final."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_events.e_license import LicenseRevoked
from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_revoke
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.license import License, LicenseOfType, Transition, check_grounds
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.shared import log_change


@dataclass(frozen=True, slots=True)
class RevokeLicense:
    request_id: UUID
    license_id: UUID
    reason: str = field(repr=False)
    legal_basis: str


async def revoke_license(deps: Dependencies, actor: Actor, command: RevokeLicense) -> LicenseOfType:
    """Returns the revoked licence as `shown_to` shows it; the same request id changes nothing again.

    Raises LicenseNotFound; NotAllowed and LicenseTypeNotOurs by who asks; RequestInvalid without a reason of 1 to 500
    characters and a legal basis of 1 to 200; AlreadyRevoked; RequestIdReused where the request id came with another
    request.
    """
    license_id, request_id = command.license_id, command.request_id
    reason, legal_basis = command.reason.strip(), command.legal_basis.strip()
    async with deps.database.begin() as tx:
        known = await licenses.by_id(tx, deps.personal, license_id, lock=True)
        if known is None:
            raise LicenseNotFound
        check_may_revoke(actor, known)
        check_grounds(reason, legal_basis)
        request = {"revoke": str(license_id), "texts": deps.personal.index(f"{reason}\n{legal_basis}").hex()}
        if await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request) is None:
            known = await _revoke(tx, deps, actor, known, reason, legal_basis)
            await idempotency.remember(
                tx, caller=actor.id, request_id=request_id, response={"license_id": str(license_id)}
            )
        [found] = await license_types.beside(tx, [known])
    return shown_to(actor, found)


async def _revoke(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, known: License, reason: str, legal_basis: str
) -> License:
    revoked = known.revoked()
    at = clock.now()
    await licenses.set_standing(tx, known.license_id, revoked.standing, revoked.revision)
    decision = Transition(revoked.revision, revoked.standing, at, at, actor.id, reason, legal_basis)
    await transitions.add(tx, deps.personal, known.license_id, decision)
    details = {"type": known.type, "legal_basis": legal_basis}
    await audit_log.append(tx, actor=actor, act="license.revoked", subject=str(known.license_id), details=details)
    await log_change(tx, deps, revoked, decision)
    await _publish(tx, revoked, at)
    return revoked


async def _publish(tx: AsyncConnection, revoked: License, at: datetime) -> None:
    license_id = str(revoked.license_id)
    correlation_id = revoked.case_id or license_id
    mark(license_id=license_id, correlation_id=correlation_id)
    await outbox.publish(
        tx,
        LicenseRevoked(
            event_id=uuid7(),
            aggregate_id=license_id,
            aggregate_version=revoked.revision,
            correlation_id=correlation_id,
            occurred_at=at,
            license_id=license_id,
            type=revoked.type,
            agency=revoked.agency,
            case_id=revoked.case_id,
        ),
    )
    log.info("license.revoked", license_id=license_id)

"""Revoke a licence (吊销): final."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pingshan_events.e_license import LicenseRevoked
from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_revoke
from pingshan_e_license.domain.errors import LicenseNotFound, RequestInvalid
from pingshan_e_license.domain.license import License, LicenseOfType, Standing, Transition
from pingshan_e_license.domain.texts import text_violation
from pingshan_e_license.store import license_types, licenses, transitions

_LONGEST_REASON = 500
_LONGEST_BASIS = 200


async def revoke_license(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    license_id: UUID,
    reason: str,
    legal_basis: str,
    request_id: UUID,
) -> LicenseOfType:
    """The revoked licence; the same request id again gives the same answer.

    Raises:
        LicenseNotFound, NotAllowed, LicenseTypeNotOurs: which and who.
        RequestInvalid: without a reason (1 to 500 characters) and a legal basis (1 to 200).
        AlreadyRevoked: there is no second revocation.
        RequestIdReused: the request id came with another request.

    """
    reason, legal_basis = reason.strip(), legal_basis.strip()
    async with database.begin() as tx:
        known = await licenses.by_id(tx, personal, license_id, lock=True)
        if known is None:
            raise LicenseNotFound
        check_may_revoke(actor, known)
        _check_texts(reason, legal_basis)
        request = {"revoke": str(license_id), "texts": personal.index(f"{reason}\n{legal_basis}").hex()}
        if await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request) is None:
            known = await _revoke(tx, actor, personal, known, reason, legal_basis)
            await idempotency.remember(
                tx, caller=actor.id, request_id=request_id, response={"license_id": str(license_id)}
            )
        return LicenseOfType(known, (await license_types.by_codes(tx, [known.type]))[known.type])


def _check_texts(reason: str, legal_basis: str) -> None:
    for_reason = ("请填写吊销原因，最多 500 字。", "Give the reason, in 1 to 500 characters.")
    for_basis = ("请填写法律依据，最多 200 字。", "Give the legal basis, in 1 to 200 characters.")
    violations = (
        text_violation("reason", reason, _LONGEST_REASON, *for_reason),
        text_violation("legal_basis", legal_basis, _LONGEST_BASIS, *for_basis),
    )
    found = tuple(each for each in violations if each)
    if found:
        raise RequestInvalid(found)


async def _revoke(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, known: License, reason: str, legal_basis: str
) -> License:
    known.check_revocable()
    at = clock.now()
    revoked = replace(known, standing=Standing.REVOKED, revision=known.revision + 1)
    await licenses.set_standing(tx, known.license_id, revoked.standing, revoked.revision)
    decision = Transition(revoked.revision, Standing.REVOKED, at, at, actor.id, reason, legal_basis)
    await transitions.add(tx, personal, known.license_id, decision)
    details = {"type": known.type, "legal_basis": legal_basis}
    await audit_log.append(tx, actor=actor, act="license.revoked", subject=str(known.license_id), details=details)
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

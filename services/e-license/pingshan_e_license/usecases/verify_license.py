"""Verify a licence by its identifier; every use is recorded."""

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import Signer
from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.credential import matches
from pingshan_e_license.domain.errors import RequestInvalid
from pingshan_e_license.domain.license import License, LicenseOfType
from pingshan_e_license.domain.texts import text_violation
from pingshan_e_license.domain.verification import Examined, Verification, conclude, examine
from pingshan_e_license.store import licenses

_LONGEST_PURPOSE = 200


async def verify_license(
    actor: Actor, database: Database, personal: PersonalData, signer: Signer, *, identifier: str, purpose: str
) -> Verification:
    """The answer with its steps. Raises NotAllowed; RequestInvalid without a purpose of 1 to 200 characters."""
    check_may_verify(actor)
    _check_purpose(purpose)
    examined = examine(identifier)
    async with database.begin() as tx:
        found = await _find(tx, personal, examined)
        holds = found is not None and _signature_holds(signer, found.license)
        answer = conclude(examined, found, signature_holds=holds, day=clock.today(), as_of=clock.now())
        details = {"result": answer.result.value, "purpose": purpose.strip()}
        await audit_log.append(
            tx, actor=actor, act="license.verified", subject=_subject(examined, found), details=details
        )
    if found is not None and not holds:
        log.error("license.signature_broken", license_id=str(found.license.license_id))
    return answer


def _check_purpose(purpose: str) -> None:
    sentences = ("请说明核验用途，最多 200 字。", "Say why you verify, in 1 to 200 characters.")
    violation = text_violation("purpose", purpose, _LONGEST_PURPOSE, *sentences)
    if violation:
        raise RequestInvalid((violation,))


async def _find(tx: AsyncConnection, personal: PersonalData, examined: Examined) -> LicenseOfType | None:
    """By the strict identifier, also where the check character came from the old routine."""
    if examined.identifier is None:
        return None
    found = await licenses.by_identifier(tx, personal, str(examined.identifier))
    if found is not None:
        license_id = found.license.license_id
        mark(license_id=license_id, correlation_id=found.license.case_id or license_id)
    return found


def _signature_holds(signer: Signer, known: License) -> bool:
    claims = signer.claims(known.credential.jwt)
    return claims is not None and matches(known.credential, claims, known.identifier)


def _subject(examined: Examined, found: LicenseOfType | None) -> str:
    """Text that is no identifier is not kept: somebody may have typed personal data."""
    if found is not None:
        return str(found.license.license_id)
    return "" if examined.identifier is None else str(examined.identifier)

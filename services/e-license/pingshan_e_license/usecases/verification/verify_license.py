"""Verifies a licence by its identifier, and records each use."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.credential import matches
from pingshan_e_license.domain.license import License, LicenseOfType
from pingshan_e_license.domain.renditions.offline_code import claims_of, decoded
from pingshan_e_license.domain.verification.conclusion import (
    Examined,
    Verification,
    check_purpose,
    conclude,
    examine,
    recorded_subject,
)
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class VerifyLicense:
    identifier: str
    """Text as it was typed or read, meant to be an identifier of GB/T 36904, or the offline code of a licence."""
    purpose: str
    """Why it is verified, in 1 to 200 characters; the audit log keeps it."""


async def verify_license(deps: Dependencies, actor: Actor, command: VerifyLicense) -> Verification:
    """Returns the result with its steps.

    Raises NotAllowed, and RequestInvalid without a purpose of 1 to 200 characters.
    """
    check_may_verify(actor)
    check_purpose(command.purpose)
    examined = examine(_identifier_in(deps, command.identifier))
    found = await _find(deps, examined)
    holds = found is not None and _signature_holds(deps, found.license)
    answer = conclude(examined, found, signature_holds=holds, day=clock.today(), as_of=clock.now())
    details = {"result": answer.result.value, "purpose": command.purpose.strip()}
    subject = recorded_subject(examined, found)
    await deps.recorder.record(actor=actor, act="license.verified", subject=subject, details=details)
    if found is not None and not holds:
        log.error("license.signature_broken", license_id=str(found.license.license_id))
    return answer


async def _find(deps: Dependencies, examined: Examined) -> LicenseOfType | None:
    """Returns the identifier's licence, also where its check character came from the widespread routine."""
    if examined.identifier is None:
        return None
    found = await deps.identified.get(str(examined.identifier))
    if found is not None:
        license_id = found.license.license_id
        mark(license_id=license_id, correlation_id=found.license.case_id or license_id)
    return found


def _identifier_in(deps: Dependencies, text: str) -> str:
    """Returns the identifier that an offline code of ours names, any other text as it is."""
    signed = decoded(text.strip())
    payload = deps.signer.offline_payload(signed) if signed else None
    claims = claims_of(payload) if payload else None
    return claims.identifier if claims else text


def _signature_holds(deps: Dependencies, known: License) -> bool:
    claims = deps.signer.claims(known.credential.jwt)
    return claims is not None and matches(known.credential, claims, known.identifier)

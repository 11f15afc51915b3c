"""Verifies a licence by its identifier, and records each use."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.renditions.offline_code import claims_of, decoded
from pingshan_e_license.domain.verification.conclusion import (
    Evidence,
    Examined,
    StoredLicense,
    Verification,
    check_purpose,
    conclude,
    examine,
    recorded_subject,
)
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.deadline import in_time
from pingshan_e_license.usecases.verification.evidence import evidence_of, log_doubts


@dataclass(frozen=True, slots=True)
class VerifyLicense:
    identifier: str
    """Text as it was typed or read, meant to be an identifier of GB/T 36904, or the offline code of a licence."""
    purpose: str
    """Why it is verified, in 1 to 200 characters; the audit log keeps it."""


async def verify_license(deps: Dependencies, actor: Actor, command: VerifyLicense) -> Verification:
    """Returns the result with its steps.

    Raises NotAllowed, RequestInvalid without a purpose of 1 to 200 characters, and VerificationUnanswered where the
    database does not answer in time.
    """
    check_may_verify(actor)
    check_purpose(command.purpose)
    details = {"purpose": command.purpose.strip(), "organisation": actor.organisation or ""}
    return await in_time(answered(deps, actor, "license.verified", command.identifier, details))


async def answered(
    deps: Dependencies, actor: Actor, act: str, identifier: str, details: Mapping[str, str]
) -> Verification:
    """Verifies the identifier, records it as `act`, and returns the result; who calls sees to it that it is in time."""
    examined = examine(await _identifier_in(deps, identifier))
    stored = await _find(deps, examined)
    answer = await concluded(deps, examined, stored)
    subject = recorded_subject(examined, stored)
    result = {"result": answer.result.value}
    await deps.recorder.record(actor=actor, act=act, subject=subject, details=result | dict(details))
    return answer


async def concluded(deps: Dependencies, examined: Examined, stored: StoredLicense | None) -> Verification:
    """Returns the result for what was found, and says in the log where that is not kept as it was signed."""
    evidence = Evidence() if stored is None else await evidence_of(deps, stored.found)
    answer = conclude(examined, stored, evidence, day=clock.today(), as_of=clock.now())
    if stored is not None and answer.found is None:
        log_doubts(stored.found, [each.code for each in answer.checks if not each.passed])
    return answer


async def _find(deps: Dependencies, examined: Examined) -> StoredLicense | None:
    """Returns the identifier's licence, also where its check character came from the widespread routine."""
    if examined.identifier is None:
        return None
    stored = await deps.identified.get(str(examined.identifier))
    if stored is not None:
        license_id = stored.found.license.license_id
        mark(license_id=license_id, correlation_id=stored.found.license.case_id or license_id)
    return stored


async def _identifier_in(deps: Dependencies, text: str) -> str:
    """Returns the identifier that an offline code of ours names, any other text as it is.

    Which key signed the code does not matter, as long as it is one of ours: what is answered stands in the register.
    """
    signed = decoded(text.strip())
    if signed is None:
        return text
    payload = deps.signer.offline_payload(signed, (await deps.keys.every()).values())
    claims = claims_of(payload) if payload else None
    return claims.identifier if claims else text

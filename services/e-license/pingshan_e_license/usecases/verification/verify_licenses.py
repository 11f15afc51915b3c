"""Verifies many licences at once: one statement and one transaction of records for each thousand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_kit.audit_log import Record
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.verification.batch import check_batch
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
from pingshan_e_license.usecases.verification.evidence import evidence_by, log_doubts

_AT_ONCE = 1_000
_ANSWERED_WITHIN = 10.0
"""Seconds for each thousand."""


@dataclass(frozen=True, slots=True)
class VerifyLicenses:
    identifiers: Sequence[str]
    """1 to 10,000, each as strict as for one."""
    purpose: str


async def verify_licenses(deps: Dependencies, actor: Actor, command: VerifyLicenses) -> list[Verification]:
    """Returns the results in the order of the identifiers; each is one use, recorded with the purpose.

    Raises NotAllowed, RequestInvalid without a purpose, BatchInvalid for none or more than 10,000, and
    VerificationUnanswered where the database does not answer in time: then the first thousands may be recorded.
    """
    check_may_verify(actor)
    check_purpose(command.purpose)
    check_batch(command.identifiers)
    answers: list[Verification] = []
    for start in range(0, len(command.identifiers), _AT_ONCE):
        identifiers = command.identifiers[start : start + _AT_ONCE]
        answers += await in_time(_verify(deps, actor, identifiers, command.purpose.strip()), _ANSWERED_WITHIN)
    return answers


async def _verify(deps: Dependencies, actor: Actor, identifiers: Sequence[str], purpose: str) -> list[Verification]:
    examined = await in_turns(examine(each) for each in identifiers)
    wanted = {str(each.identifier) for each in examined if each.identifier is not None}
    stored = await deps.identified.get_all(sorted(wanted))
    concluded = await in_turns(_concluded(examined, stored, await evidence_by(deps, stored)))
    details = {"purpose": purpose, "organisation": actor.organisation or ""}
    records = [
        Record(actor, "license.verified", recorded_subject(one, found), {"result": answer.result, **details})
        for one, found, answer in concluded
    ]
    async with deps.database.begin() as tx:
        await audit_log.append_all(tx, records)
    return [answer for _, _, answer in concluded]


def _concluded(
    examined: Sequence[Examined], stored: Mapping[str, StoredLicense], evidence: Mapping[str, Evidence]
) -> Iterator[tuple[Examined, StoredLicense | None, Verification]]:
    day, as_of = clock.today(), clock.now()
    for one in examined:
        found = stored.get(str(one.identifier))
        answer = conclude(one, found, evidence.get(str(one.identifier), Evidence()), day=day, as_of=as_of)
        if found is not None and answer.found is None:
            log_doubts(found.found, [each.code for each in answer.checks if not each.passed])
        yield one, found, answer

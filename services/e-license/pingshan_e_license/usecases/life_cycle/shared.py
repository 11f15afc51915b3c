"""Records decisions on licences, and reads a licence with its history, whole; the use cases decide what is shown."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_events.base import Event
from pingshan_events.e_license import LicenseChanged, LicenseIssued, LicenseRevoked
from pingshan_kit import audit_log
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_read, may_decide
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.license import Act, LicenseOfType, Standing, Transition
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.shared import log_decision


@dataclass(frozen=True)
class LicenseFile:
    found: LicenseOfType
    transitions: tuple[Transition, ...]
    may_revoke: bool
    """Whether the reading actor may revoke it now."""


async def read_file(tx: AsyncConnection, deps: Dependencies, actor: Actor, license_id: UUID) -> LicenseFile:
    """Returns the licence with its history. Raises LicenseNotFound, or NotAllowed by `check_may_read`."""
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    check_may_read(actor, known)
    mark(license_id=license_id, correlation_id=known.case_id or license_id)
    [found] = await license_types.beside(tx, [known])
    history = await transitions.of_license(tx, deps.personal, license_id)
    revocable = known.allows(Act.REVOKE) and may_decide(actor, known)
    return LicenseFile(found, tuple(history), revocable)


async def record_decision(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, decided: LicenseOfType, decision: Transition, **details: Any
) -> None:
    """Writes what was decided on a licence: standing, status, transition, entry in the log, audit record and event.

    A licence's standing changes here and nowhere else, from its issue on, so that whoever follows standings (status
    lists, the transparency log, consents) begins here. `decided` is the licence after the decision, its row locked or
    just inserted by this transaction; the transition's number is its revision. `details` go into the audit record,
    without personal data.
    """
    licence = decided.license
    license_id = str(licence.license_id)
    if decision.number > 1:
        await licenses.set_standing(tx, licence.license_id, licence.standing, licence.revision)
    await transitions.add(tx, deps.personal, licence.license_id, decision)
    act = "superseded" if decision.standing is Standing.SUPERSEDED else decision.act.value
    await audit_log.append(
        tx, actor=actor, act=f"license.{act}", subject=license_id, details={"type": licence.type, **details}
    )
    await log_decision(tx, deps, licence, decision)
    mark(
        license_id=license_id,
        correlation_id=licence.case_id or license_id,
        **({"case_id": licence.case_id} if licence.case_id else {}),
    )
    await outbox.publish(tx, _event(decided, decision))
    log.info(f"license.{act}", license_id=license_id, type=licence.type, case_id=licence.case_id)


def _event(decided: LicenseOfType, decision: Transition) -> Event:
    licence = decided.license
    license_id = str(licence.license_id)
    common: dict[str, Any] = {
        "event_id": uuid7(),
        "aggregate_id": license_id,
        "aggregate_version": licence.revision,
        "correlation_id": licence.case_id or license_id,
        "occurred_at": decision.recorded_at,
        "license_id": license_id,
        "identifier": licence.identifier,
        "type": licence.type,
        "type_name_zh": decided.type.name_zh,
        "type_name_en": decided.type.name_en,
        "agency": licence.agency,
        "case_id": licence.case_id,
    }
    if decision.number == 1:
        return LicenseIssued(**common, version=licence.version)
    if decision.act is Act.REVOKE:
        return LicenseRevoked(**common)
    return LicenseChanged(
        **common, act=decision.act.value, standing=decision.standing.value, effective_at=decision.effective_at
    )

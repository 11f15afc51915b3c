"""Records decisions on licences, and reads a licence with its history, whole; the use cases decide what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_events.base import Event
from pingshan_events.e_license import LicenseChanged, LicenseIssued, LicenseRevoked
from pingshan_kit import audit_log, clock
from pingshan_kit.audit_log import Record
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_read, may_decide
from pingshan_e_license.domain.errors import LicenseNotFound, SerialTaken
from pingshan_e_license.domain.license import Act, License, LicenseOfType, Standing, Transition
from pingshan_e_license.domain.life_cycle.consequences import Beside, Flag, Prerequisites, dependants, related_types
from pingshan_e_license.domain.life_cycle.history import Version
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import flags, licenses, transitions
from pingshan_e_license.store.life_cycle.licenses import NewLicense
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.shared import log_decisions
from pingshan_e_license.usecases.verification.evidence import confirmed


@dataclass(frozen=True)
class LicenseFile:
    """Holds a licence with all that became of it."""

    found: LicenseOfType
    versions: tuple[Version, ...]
    """All versions of its serial number, the first one first, each with its decisions."""
    flags: tuple[Flag, ...]
    """What was suspended or taken away of that on which it stands."""
    acts: tuple[Act, ...]
    """What the reading actor may do with it now."""


async def read_file(tx: AsyncConnection, deps: Dependencies, actor: Actor, license_id: UUID) -> LicenseFile:
    """Returns the licence with its history. Raises LicenseNotFound, or NotAllowed by `check_may_read`."""
    found = await read_license(tx, deps, license_id)
    known = found.license
    check_may_read(actor, known)
    mark(license_id=license_id, correlation_id=known.case_id or license_id)
    acts = tuple(each for each in Act if known.allows(each)) if may_decide(actor, known) else ()
    raised = await flags.of_license(tx, license_id) if known.is_flagged else []
    return LicenseFile(found, await read_versions(tx, deps, known), tuple(raised), acts)


async def read_versions(tx: AsyncConnection, deps: Dependencies, known: License) -> tuple[Version, ...]:
    """Returns all versions of the licence, the first one first, each with the decisions on it."""
    versions = await licenses.versions(tx, deps.personal, known.type, known.serial_number)
    decisions = await transitions.of_licenses(tx, deps.personal, [each.license_id for each in versions])
    return tuple(Version(each, tuple(decisions.get(each.license_id, ()))) for each in versions)


@dataclass(frozen=True)
class Locked:
    """Holds a licence with what stands beside it at its holder, all locked until the commit."""

    license: License
    beside: tuple[Beside, ...]
    prerequisites: Prerequisites

    @property
    def dependants(self) -> tuple[UUID, ...]:
        """Returns the licences that stand on this one today."""
        return dependants(self.license.license_id, self.beside, self.prerequisites, clock.today())


async def lock_license(tx: AsyncConnection, deps: Dependencies, known: License) -> Locked:
    """Locks the licence, what it stands on and what stands on it, in the order of ids: no two acts wait in a circle.

    Raises LicenseNotFound.
    """
    prerequisites = await license_types.prerequisites(tx)
    types = related_types(known.type, prerequisites)
    held = await licenses.lock_beside(tx, deps.personal, known.holder.code, types)
    locked = await licenses.by_id(tx, deps.personal, known.license_id)
    if locked is None:
        raise LicenseNotFound
    return Locked(locked, tuple(held), prerequisites)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Says why a new version was made."""

    act: Act
    reason: str = field(repr=False)
    legal_basis: str
    decision_number: str = ""

    @property
    def text(self) -> str:
        return f"{self.reason}\n{self.legal_basis}\n{self.decision_number}"


async def read_license(tx: AsyncConnection, deps: Dependencies, license_id: UUID) -> LicenseOfType:
    """Returns the licence beside its type. Raises LicenseNotFound."""
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    [found] = await confirmed(tx, deps, await license_types.beside(tx, [known]))
    return found


async def supersede(
    tx: AsyncConnection,
    deps: Dependencies,
    actor: Actor,
    superseded: LicenseOfType,
    made: LicenseOfType,
    grounds: Grounds,
    *,
    effective_at: datetime,
    request_index: bytes,
    left_to_agency: Sequence[str] = (),
) -> None:
    """Stores the next version of a locked licence and records both decisions: on the version before, and the new one's.

    Raises SerialTaken where the version exists.
    """
    new, at = made.license, clock.now()
    names = made.type.personal_attributes
    if not await licenses.add_all(tx, deps.personal, [NewLicense(new, names, request_index)]):
        raise SerialTaken(serial_number=new.serial_number)
    for found in (superseded, made):
        licence = found.license
        decision = Transition(
            number=licence.revision,
            standing=licence.standing,
            effective_at=effective_at,
            recorded_at=new.issued_at if licence is new else at,
            actor=actor.id,
            reason=grounds.reason,
            legal_basis=grounds.legal_basis,
            decision_number=grounds.decision_number,
            act=grounds.act,
        )
        details: dict[str, Any] = {"legal_basis": grounds.legal_basis, "decision_number": grounds.decision_number}
        if licence is new:
            before = str(superseded.license.license_id)
            details |= {"identifier": new.identifier, "supersedes": before, "left_to_agency": list(left_to_agency)}
        await record_decision(tx, deps, actor, found, decision, **details)


@dataclass(frozen=True, slots=True)
class Decided:
    """Is a decision on a licence, to be recorded."""

    found: LicenseOfType
    """The licence after the decision."""
    decision: Transition
    """Its number is the licence's revision."""
    details: Mapping[str, Any]
    """For the audit record, without personal data."""

    @property
    def act(self) -> str:
        return "superseded" if self.decision.standing is Standing.SUPERSEDED else self.decision.act.value


async def record_decision(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, decided: LicenseOfType, decision: Transition, **details: Any
) -> None:
    """Records one decision as `record_decisions` does, and names the licence in the trace and the log."""
    one = Decided(decided, decision, details)
    await record_decisions(tx, deps, actor, [one])
    tell_of(decided.license, one.act)


def tell_of(licence: License, act: str) -> None:
    """Names the licence in the trace, and what happened to it in the log."""
    license_id = str(licence.license_id)
    of_case = {"case_id": licence.case_id} if licence.case_id else {}
    mark(license_id=license_id, correlation_id=licence.case_id or license_id, **of_case)
    log.info(f"license.{act}", license_id=license_id, type=licence.type, case_id=licence.case_id)


async def record_decisions(tx: AsyncConnection, deps: Dependencies, actor: Actor, decided: Sequence[Decided]) -> None:
    """Writes what was decided on licences: standing, status, transitions, entries in the log, audit records and events.

    A licence's standing changes here and nowhere else, from its issue on, so that whoever follows standings (status
    lists, the transparency log, consents) begins here. The rows of the licences are locked or just inserted by this
    transaction.
    """
    for each in decided:
        licence = each.found.license
        if each.decision.number > 1:
            await licenses.set_standing(tx, licence.license_id, licence.standing, licence.revision)
    new = [(each.found.license.license_id, each.decision) for each in decided]
    await transitions.add_all(tx, deps.personal, new)
    await audit_log.append_all(tx, [_record(actor, each) for each in decided])
    await log_decisions(tx, deps, [(each.found.license, each.decision) for each in decided])
    await outbox.publish_all(tx, [_event(each.found, each.decision) for each in decided])


def _record(actor: Actor, decided: Decided) -> Record:
    licence = decided.found.license
    details = {"type": licence.type, **decided.details}
    return Record(actor=actor, act=f"license.{decided.act}", subject=str(licence.license_id), details=details)


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

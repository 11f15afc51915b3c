"""Queries on transitions of licences."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import Act, Decision, Standing, Transition
from pingshan_e_license.store.tables import license_transition

_TABLE = "license_transition"


async def add_all(tx: AsyncConnection, personal: PersonalData, new: Sequence[tuple[UUID, Transition]]) -> None:
    """Inserts the transitions, each beside the id of its licence."""
    if new:
        await tx.execute(license_transition.insert(), [_values(personal, *each) for each in new])


def _values(personal: PersonalData, license_id: UUID, new: Transition) -> dict[str, Any]:
    return {
        "license_id": license_id,
        "number": new.number,
        "standing": new.standing.value,
        "effective_at": new.effective_at,
        "recorded_at": new.recorded_at,
        "actor": new.actor,
        "reason": personal.encrypt(new.reason, table=_TABLE, column="reason", row=_row(license_id, new.number)),
        "legal_basis": new.legal_basis,
        "decision_number": new.decision_number,
        "act": new.act.value,
    }


async def of_license(tx: AsyncConnection, personal: PersonalData, license_id: UUID) -> list[Transition]:
    """Returns the licence's transitions by number."""
    return (await of_licenses(tx, personal, [license_id])).get(license_id, [])


async def of_licenses(
    tx: AsyncConnection, personal: PersonalData, license_ids: Iterable[UUID]
) -> dict[UUID, list[Transition]]:
    """Returns the transitions of each licence by number."""
    query = select(license_transition).where(among(license_transition.c.license_id, set(license_ids)))
    found: dict[UUID, list[Transition]] = defaultdict(list)
    for row in await tx.execute(query.order_by(license_transition.c.license_id, license_transition.c.number)):
        found[row.license_id].append(_transition(row, personal))
    return found


def _transition(row: Any, personal: PersonalData) -> Transition:
    return Transition(
        number=row.number,
        standing=Standing(row.standing),
        effective_at=_in_utc(row.effective_at),
        recorded_at=_in_utc(row.recorded_at),
        actor=row.actor,
        reason=personal.decrypt(row.reason, table=_TABLE, column="reason", row=_row(row.license_id, row.number)),
        legal_basis=row.legal_basis,
        decision_number=row.decision_number,
        act=_act(row),
    )


def _act(row: Any) -> Act:
    """Returns the act; rows from before acts were kept are an issue, or a revocation."""
    if row.act is None:
        return Act.ISSUE if row.number == 1 else Act(row.standing)
    return Act(row.act)


async def decisions_of(tx: AsyncConnection, license_ids: Collection[UUID]) -> dict[UUID, tuple[Decision, ...]]:
    """Returns the decisions on each licence by number, without their grounds; no licence without any is in it."""
    names = ("license_id", "number", "standing", "effective_at", "recorded_at")
    query = select(*(license_transition.c[name] for name in names)).where(
        among(license_transition.c.license_id, license_ids)
    )
    found: dict[UUID, list[Decision]] = {}
    for license_id, *columns in await tx.execute(query.order_by(license_transition.c.number)):
        found.setdefault(license_id, []).append(decision(*columns))
    return {license_id: tuple(decisions) for license_id, decisions in found.items()}


def decision(number: int, standing: str, effective_at: datetime, recorded_at: datetime) -> Decision:
    """Makes the decision of a row's columns; the calendar's ends, infinity to PostgreSQL, come without a zone."""
    return Decision(number, Standing(standing), _in_utc(effective_at), _in_utc(recorded_at))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _row(license_id: UUID, number: int) -> str:
    return f"{license_id}/{number}"

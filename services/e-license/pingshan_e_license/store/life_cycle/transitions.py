"""Queries on transitions of licences."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import Decision, Standing, Transition
from pingshan_e_license.store.tables import license_transition

_TABLE = "license_transition"


async def add(tx: AsyncConnection, personal: PersonalData, license_id: UUID, new: Transition) -> None:
    reason = personal.encrypt(new.reason, table=_TABLE, column="reason", row=_row(license_id, new.number))
    await tx.execute(
        license_transition.insert().values(
            license_id=license_id,
            number=new.number,
            standing=new.standing.value,
            effective_at=new.effective_at,
            recorded_at=new.recorded_at,
            actor=new.actor,
            reason=reason,
            legal_basis=new.legal_basis,
        )
    )


async def of_license(tx: AsyncConnection, personal: PersonalData, license_id: UUID) -> list[Transition]:
    """Returns the licence's transitions by number."""
    mine = select(license_transition).where(license_transition.c.license_id == license_id)
    rows = await tx.execute(mine.order_by(license_transition.c.number))
    return [
        Transition(
            number=row.number,
            standing=Standing(row.standing),
            effective_at=_in_utc(row.effective_at),
            recorded_at=_in_utc(row.recorded_at),
            actor=row.actor,
            reason=personal.decrypt(row.reason, table=_TABLE, column="reason", row=_row(license_id, row.number)),
            legal_basis=row.legal_basis,
        )
        for row in rows
    ]


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

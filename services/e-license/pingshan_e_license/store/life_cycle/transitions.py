"""Queries on transitions of licences."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import Standing, Transition
from pingshan_e_license.store.tables import license_transition

_TABLE = "license_transition"


async def add(tx: AsyncConnection, personal: PersonalData, license_id: UUID, new: Transition) -> None:
    await add_all(tx, personal, [(license_id, new)])


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
    }


async def of_license(tx: AsyncConnection, personal: PersonalData, license_id: UUID) -> list[Transition]:
    """Returns the licence's transitions by number."""
    mine = select(license_transition).where(license_transition.c.license_id == license_id)
    rows = await tx.execute(mine.order_by(license_transition.c.number))
    return [
        Transition(
            number=row.number,
            standing=Standing(row.standing),
            effective_at=row.effective_at,
            recorded_at=row.recorded_at,
            actor=row.actor,
            reason=personal.decrypt(row.reason, table=_TABLE, column="reason", row=_row(license_id, row.number)),
            legal_basis=row.legal_basis,
        )
        for row in rows
    ]


def _row(license_id: UUID, number: int) -> str:
    return f"{license_id}/{number}"

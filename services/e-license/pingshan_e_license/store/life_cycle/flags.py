"""Queries on flags: licences that lost the ground they stand on, each with the decision that took it away."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from pingshan_kit.storage.among import among
from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.license import Act
from pingshan_e_license.domain.life_cycle.consequences import Flag
from pingshan_e_license.store.tables import license_, license_flag, license_transition, license_type

_OPEN = license_flag.c.lifted_at.is_(None)


async def raise_all(
    tx: AsyncConnection, license_ids: Iterable[UUID], *, cause_id: UUID, cause_number: int, at: datetime
) -> None:
    """Flags the licences, whose rows this transaction holds locked, with one decision on the licence `cause_id`."""
    flagged = list(license_ids)
    if flagged:
        cause = {"cause_id": cause_id, "cause_number": cause_number, "raised_at": at}
        await tx.execute(license_flag.insert(), [{"license_id": each, **cause} for each in flagged])
        await _note(tx, flagged)


async def lift(tx: AsyncConnection, *, cause_id: UUID, at: datetime) -> list[UUID]:
    """Lifts the flags that decisions on the licence `cause_id` raised, and returns the licences that had them."""
    change = license_flag.update().where(license_flag.c.cause_id == cause_id, _OPEN).values(lifted_at=at)
    lifted = sorted(set((await tx.execute(change.returning(license_flag.c.license_id))).scalars()))
    await _note(tx, lifted)
    return lifted


async def carry_over(tx: AsyncConnection, license_id: UUID, successor_id: UUID) -> None:
    """Gives the next version the open flags of the one before."""
    copied = (license_flag.c.cause_id, license_flag.c.cause_number, license_flag.c.raised_at)
    mine = select(bindparam("successor", successor_id), *copied).where(license_flag.c.license_id == license_id, _OPEN)
    names = ["license_id", *(column.name for column in copied)]
    await tx.execute(license_flag.insert().from_select(names, mine))
    await _note(tx, [successor_id])


async def of_license(tx: AsyncConnection, license_id: UUID) -> list[Flag]:
    """Returns the open flags of a licence, the oldest first."""
    query = (
        select(
            license_flag.c.cause_id,
            license_flag.c.raised_at,
            license_transition.c.act,
            license_.c.identifier,
            license_.c.agency,
            license_type.c.definition,
        )
        .join(
            license_transition,
            (license_transition.c.license_id == license_flag.c.cause_id)
            & (license_transition.c.number == license_flag.c.cause_number),
        )
        .join(license_, license_.c.license_id == license_flag.c.cause_id)
        .join(license_type, license_type.c.code == license_.c.type)
        .where(license_flag.c.license_id == license_id, _OPEN)
        .order_by(license_flag.c.raised_at, license_flag.c.cause_id, license_flag.c.cause_number)
    )
    return [
        Flag(row.cause_id, row.identifier, LicenseType(row.definition), row.agency, Act(row.act), row.raised_at)
        for row in await tx.execute(query)
    ]


async def _note(tx: AsyncConnection, license_ids: Collection[UUID]) -> None:
    if license_ids:
        has_some = exists().where(license_flag.c.license_id == license_.c.license_id, _OPEN)
        await tx.execute(license_.update().where(among(license_.c.license_id, license_ids)).values(is_flagged=has_some))

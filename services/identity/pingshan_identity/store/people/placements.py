"""To which organisation and section people belong on a day; it is `Placement.on` again, for speed."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.people.employment import Place, Placement
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.store.tables import person

_p = person.c


def organisation_on(today: date | ColumnElement[date]) -> ColumnElement[str]:
    """Returns the code of the organisation; NULL for the public."""
    return case((_p.moves_on <= today, _p.moves_to), else_=_p.organisation)


def section_on(today: date | ColumnElement[date]) -> ColumnElement[UUID | None]:
    return case((_p.moves_on <= today, _p.moves_section), else_=_p.section_id)


async def get(tx: AsyncConnection, person_id: UUID) -> Placement:
    """Returns where a member of staff belongs, who must exist."""
    row = (await tx.execute(select(person).where(_p.person_id == person_id))).one()
    return Placement(
        Place(row.organisation, row.section_id), row.moves_on, row.moves_on and Place(row.moves_to, row.moves_section)
    )


async def posts_before(tx: AsyncConnection, person_id: UUID) -> frozenset[Holding] | None:
    """Returns the own posts from before the planned move; None where no move, or an earlier version's, is planned."""
    query = select(_p.posts_before_move).where(_p.person_id == person_id)
    kept = (await tx.execute(query)).scalar_one()
    return None if kept is None else frozenset(_holding(each) for each in kept)


def _holding(kept: Mapping[str, Any]) -> Holding:
    until = kept["until"]
    return Holding(kept["post"], date.fromisoformat(kept["since"]), until and date.fromisoformat(until))


def _kept(holding: Holding) -> dict[str, str | None]:
    until = holding.until.isoformat() if holding.until else None
    return {"post": holding.post, "since": holding.since.isoformat(), "until": until}


async def put(
    tx: AsyncConnection, person_id: UUID, placement: Placement, posts_before: Collection[Holding] | None = None
) -> None:
    """Keeps where a member of staff belongs, in the place of what was kept or planned before.

    `posts_before`: their own posts without the planned move, None where none is planned.
    """
    later = placement.later
    values: dict[str, Any] = {
        "organisation": placement.first.organisation,
        "section_id": placement.first.section_id,
        "moves_on": placement.moves_on,
        "moves_to": later and later.organisation,
        "moves_section": later and later.section_id,
        "posts_before_move": None if posts_before is None else [_kept(each) for each in posts_before],
    }
    await tx.execute(update(person).where(_p.person_id == person_id).values(values))


async def due(tx: AsyncConnection, today: date, limit: int) -> list[UUID]:
    """Returns the ids of people whose planned move has come, locked."""
    query = select(_p.person_id).where(_p.left_at.is_(None), _p.moves_on <= today).limit(limit)
    return list((await tx.execute(query.with_for_update(skip_locked=True))).scalars())

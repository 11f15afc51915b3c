"""Places of licences in status lists, and the lists themselves."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.transparency.status import LIST_SIZE, StatusPlace, picked_places
from pingshan_e_license.domain.transparency.status_token import ListVersion
from pingshan_e_license.store.tables import license_status, status_list

_ROOM = (status_list.c.type, status_list.c.number, status_list.c.size)
_TRIES = 3
"""Others may take a place between our look and our insert."""
_TAKE = text(
    """
    INSERT INTO license_status (type, list_number, status_index, license_id, status)
    SELECT :type, :number, picked.place, :license_id, 0
    FROM unnest(CAST(:places AS integer[])) WITH ORDINALITY AS picked (place, n)
    WHERE NOT EXISTS (
        SELECT FROM license_status AS taken
        WHERE taken.type = :type AND taken.list_number = :number AND taken.status_index = picked.place
    )
    ORDER BY picked.n LIMIT 1
    ON CONFLICT (type, list_number, status_index) DO NOTHING
    RETURNING status_index
    """
)


class _Room(NamedTuple):
    """Names a list and how many statuses it has."""

    type: str
    number: int
    size: int


async def take_place(tx: AsyncConnection, type_code: str, license_id: UUID) -> StatusPlace:
    """Gives the licence a random place among the free ones of its type's newest list; begins another where it is full.

    The licence may come into its table later in this transaction; where it does not, `give_back` takes the place away.
    """
    newest = await _newest(tx, type_code)
    for _ in range(_TRIES):
        place = await _taken(tx, newest, license_id)
        if place is not None:
            return place
    begun = await _begin(tx, type_code, newest.number + 1)
    place = await _taken(tx, begun, license_id)
    if place is None:
        raise RuntimeError(f"no place is free in list {begun.number} of {type_code}")
    return place


async def give_back(tx: AsyncConnection, license_id: UUID) -> None:
    """Takes away the place of a licence that was not issued after all; its credential never left this transaction."""
    await tx.execute(license_status.delete().where(license_status.c.license_id == license_id))


async def set_status(tx: AsyncConnection, license_id: UUID, status: int) -> None:
    """Sets what the licence's list says of it; does nothing for a licence from before the lists, or where it says so.

    Locks the list until the commit, so that its versions are in the order of their commits.
    """
    mine = license_status.c.license_id == license_id
    changed = update(license_status).where(mine, license_status.c.status != status).values(status=status)
    of_list = (license_status.c.type, license_status.c.list_number)
    row = (await tx.execute(changed.returning(*of_list))).one_or_none()
    if row is not None:
        its_list = (status_list.c.type == row.type, status_list.c.number == row.list_number)
        later = func.greatest(status_list.c.changed_at, func.clock_timestamp())
        await tx.execute(
            update(status_list).where(*its_list).values(version=status_list.c.version + 1, changed_at=later)
        )


async def version(tx: AsyncConnection, type_code: str, number: int) -> ListVersion | None:
    """Returns the state of a list; None where there is no such list."""
    query = select(status_list, func.clock_timestamp().label("asked_at")).where(
        status_list.c.type == type_code, status_list.c.number == number
    )
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    return ListVersion(row.type, row.number, row.size, row.version, row.changed_at, row.asked_at)


async def not_valid(tx: AsyncConnection, type_code: str, number: int) -> Mapping[int, int]:
    """Returns the statuses of a list that are not 0, by index."""
    query = select(license_status.c.status_index, license_status.c.status).where(
        license_status.c.type == type_code, license_status.c.list_number == number, license_status.c.status != 0
    )
    return {row.status_index: row.status for row in await tx.execute(query)}


async def all_lists(tx: AsyncConnection) -> list[tuple[str, int]]:
    """Returns type and number of every list, in this order."""
    rows = await tx.execute(
        select(status_list.c.type, status_list.c.number).order_by(status_list.c.type, status_list.c.number)
    )
    return [(row.type, row.number) for row in rows]


async def _newest(tx: AsyncConnection, type_code: str) -> _Room:
    query = select(*_ROOM).where(status_list.c.type == type_code).order_by(status_list.c.number.desc()).limit(1)
    row = (await tx.execute(query)).one_or_none()
    return _Room(*row) if row is not None else await _begin(tx, type_code, 1)


async def _begin(tx: AsyncConnection, type_code: str, number: int) -> _Room:
    """Returns the list of this number, which it has made where nobody else had."""
    first = {"type": type_code, "number": number, "size": LIST_SIZE, "changed_at": func.now(), "version": 0}
    await tx.execute(insert(status_list).values(first).on_conflict_do_nothing())
    mine = (status_list.c.type == type_code, status_list.c.number == number)
    return _Room(*(await tx.execute(select(*_ROOM).where(*mine))).one())


async def _taken(tx: AsyncConnection, room: _Room, license_id: UUID) -> StatusPlace | None:
    """Returns the place that the licence got, None where all that were picked are taken."""
    values = {
        "type": room.type,
        "number": room.number,
        "license_id": license_id,
        "places": picked_places(room.size),
    }
    index = (await tx.execute(_TAKE, values)).scalar_one_or_none()
    return None if index is None else StatusPlace(room.type, room.number, index)

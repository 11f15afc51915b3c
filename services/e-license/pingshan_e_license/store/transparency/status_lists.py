"""Places of licences in status lists, and the lists themselves."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from pingshan_kit.storage.among import among
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
    SELECT :type, :number, free.place, free.license_id, 0
    FROM (
        SELECT DISTINCT ON (license_id) license_id, place, n
        FROM unnest(CAST(:license_ids AS uuid[]), CAST(:places AS integer[]))
            WITH ORDINALITY AS picked (license_id, place, n)
        WHERE NOT EXISTS (
            SELECT FROM license_status AS taken
            WHERE taken.type = :type AND taken.list_number = :number AND taken.status_index = picked.place
        )
        ORDER BY license_id, n
    ) AS free
    ORDER BY free.place
    ON CONFLICT (type, list_number, status_index) DO NOTHING
    RETURNING license_id, status_index
    """
)


class _Room(NamedTuple):
    """Names a list and how many statuses it has."""

    type: str
    number: int
    size: int


async def take_places(tx: AsyncConnection, type_code: str, license_ids: Sequence[UUID]) -> dict[UUID, StatusPlace]:
    """Gives each licence a random place among the free ones of its type's newest list; begins another where it is full.

    The licences may come into their table later in this transaction; where one does not, `give_back` takes its place
    away.
    """
    found: dict[UUID, StatusPlace] = {}
    newest = await _newest(tx, type_code)
    for _ in range(_TRIES):
        found |= await _taken(tx, newest, [each for each in license_ids if each not in found])
    left = [each for each in license_ids if each not in found]
    number = newest.number
    while left:
        number += 1
        begun = await _begin(tx, type_code, number)
        for _ in range(_TRIES):
            found |= await _taken(tx, begun, [each for each in left if each not in found])
        if all(each not in found for each in left):
            raise RuntimeError(f"no place is free in list {number} of {type_code}")
        left = [each for each in left if each not in found]
    return found


async def give_back(tx: AsyncConnection, license_ids: Sequence[UUID]) -> None:
    """Takes away the places of licences that were not issued after all; their credentials never left this
    transaction."""
    if license_ids:
        await tx.execute(license_status.delete().where(among(license_status.c.license_id, license_ids)))


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


async def _taken(tx: AsyncConnection, room: _Room, license_ids: Sequence[UUID]) -> dict[UUID, StatusPlace]:
    """Returns the places that licences got; left out are those for which all places that were picked are taken."""
    if not license_ids:
        return {}
    picked = [(license_id, place) for license_id in license_ids for place in picked_places(room.size)]
    values = {
        "type": room.type,
        "number": room.number,
        "license_ids": [license_id for license_id, _ in picked],
        "places": [place for _, place in picked],
    }
    rows = await tx.execute(_TAKE, values)
    return {row.license_id: StatusPlace(room.type, room.number, row.status_index) for row in rows}

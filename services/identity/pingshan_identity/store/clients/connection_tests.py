"""Queries on tests of connected systems."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.text import is_storable
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.connection_test import MOST_STEPS, OPEN_FOR, ConnectionTest, Seen, Step
from pingshan_identity.store.tables import connection_test

_t = connection_test.c


async def begin(tx: AsyncConnection, *, test_id: UUID, client_id: str, begun_by: str, now: datetime) -> None:
    """Adds a test that has seen no step yet."""
    await tx.execute(
        insert(connection_test).values(
            test_id=test_id, client_id=client_id, begun_by=UUID(begun_by), begun_at=now, steps=[]
        )
    )


async def newest(tx: AsyncConnection, client_id: str) -> ConnectionTest | None:
    """Returns the newest test of a client, open or not; None where it was never tested."""
    if not is_storable(client_id):
        return None
    query = select(connection_test).where(_t.client_id == client_id).order_by(_t.begun_at.desc()).limit(1)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else ConnectionTest(row.test_id, row.begun_at, tuple(_seen(each) for each in row.steps))


async def open_ones(tx: AsyncConnection, now: datetime) -> dict[str, datetime]:
    """Returns when the newest open test of each client ends, by client id."""
    query = select(_t.client_id, func.max(_t.begun_at).label("begun_at")).where(_t.begun_at > now - OPEN_FOR)
    rows = await tx.execute(query.group_by(_t.client_id))
    return {row.client_id: row.begun_at + OPEN_FOR for row in rows}


async def open_one(tx: AsyncConnection, client_id: str, now: datetime) -> UUID | None:
    """Returns the id of the newest open test of a client; None where none is open."""
    query = select(_t.test_id).where(_t.client_id == client_id, _t.begun_at > now - OPEN_FOR)
    found: UUID | None = (await tx.execute(query.order_by(_t.begun_at.desc()).limit(1))).scalar_one_or_none()
    return found


async def note(tx: AsyncConnection, client_id: str, seen: Seen) -> None:
    """Adds a step to the newest open test of a client; does nothing where there is none, or it has 200 steps."""
    of_client = select(_t.test_id).where(_t.client_id == client_id, _t.begun_at > seen.at - OPEN_FOR)
    chosen = of_client.order_by(_t.begun_at.desc()).limit(1).scalar_subquery()
    await _add(tx, _t.test_id == chosen, seen)


async def note_in(tx: AsyncConnection, test_id: UUID, seen: Seen) -> None:
    """Adds a step to this test, open or not; does nothing where it has 200 steps."""
    await _add(tx, _t.test_id == test_id, seen)


async def _add(tx: AsyncConnection, which: Any, seen: Seen) -> None:
    entry = asdict(seen) | {"at": seen.at.isoformat()}
    room = func.jsonb_array_length(_t.steps) < MOST_STEPS
    await tx.execute(update(connection_test).where(which, room).values(steps=_t.steps.concat([entry])))


def _seen(entry: Mapping[str, Any]) -> Seen:
    return Seen(
        step=Step(entry["step"]),
        at=datetime.fromisoformat(entry["at"]),
        fault=entry["fault"],
        description=entry["description"],
        expected=tuple(entry["expected"]),
        received=entry["received"],
        skew=entry["skew"],
    )

"""The rows of the intake: taken with their removal, parked with a dead letter, or how long they wait."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.events.dead_letters import Failure, bury, count_failure
from pingshan_kit.intake.kinds import Heard
from pingshan_kit.storage.database import to_json
from pingshan_kit.storage.tables import intake

_LOCK = 7_471_003
LOCK_MILLISECONDS = 400
"""Milliseconds that a group waits for others' locks: who holds one holds up its own inputs, and soon nobody else's."""

_TURN = text(
    f"SELECT pg_try_advisory_xact_lock({_LOCK}, hashtext(:kind)), "
    f"set_config('lock_timeout', '{LOCK_MILLISECONDS}ms', true)"
)
_TAKE = """
DELETE FROM intake WHERE id = ANY(ARRAY(
    SELECT id FROM intake WHERE kind = :kind AND parked_at IS NULL AND {keys} ORDER BY position LIMIT :most
)) RETURNING id, position, key, payload, traceparent, heard_at
"""
_TAKE_ALL_BUT = text(_TAKE.format(keys="key <> ALL(CAST(:keys AS text[]))"))
_TAKE_OF = text(_TAKE.format(keys="key = :key"))

_OLDEST = text(
    """
    WITH RECURSIVE found (kind) AS (
        SELECT min(kind) FROM intake WHERE parked_at IS NULL
        UNION ALL
        SELECT (SELECT min(intake.kind) FROM intake WHERE parked_at IS NULL AND intake.kind > found.kind)
        FROM found WHERE found.kind IS NOT NULL
    )
    SELECT kind, (
        SELECT extract(epoch FROM now() - heard_at) FROM intake
        WHERE parked_at IS NULL AND intake.kind = found.kind ORDER BY position LIMIT 1
    ) AS age
    FROM found WHERE kind IS NOT NULL ORDER BY kind
    """
)
"""One probe of the index per kind, however many inputs wait."""


async def take_turn(tx: AsyncConnection, kind: str) -> bool:
    """Returns whether this transaction, and no other of any process, applies inputs of the kind until its end."""
    return bool((await tx.execute(_TURN, {"kind": kind})).one()[0])


async def take(tx: AsyncConnection, kind: str, most: int, *, all_but: Collection[str]) -> list[Row[Any]]:
    """Removes the oldest inputs of the kind, and returns them in order; none of the keys `all_but`."""
    rows = await tx.execute(_TAKE_ALL_BUT, {"kind": kind, "most": most, "keys": list(all_but)})
    return sorted(rows, key=lambda row: row.position)


async def take_oldest(tx: AsyncConnection, kind: str, key: str) -> list[Row[Any]]:
    """Removes the oldest input of the key, and returns it; nothing where none waits."""
    return list(await tx.execute(_TAKE_OF, {"kind": kind, "most": 1, "key": key}))


async def park(tx: AsyncConnection, kind: str, heard_id: UUID, code: str, *, attempts: int) -> None:
    """Puts an input aside and opens its dead letter, which says where the input is, and nothing of what it says."""
    mine = (intake.c.id == heard_id) & intake.c.parked_at.is_(None)
    aside = intake.update().where(mine).values(parked_at=func.now())
    columns = (intake.c.id, intake.c.key, intake.c.heard_at, intake.c.traceparent)
    row = (await tx.execute(aside.returning(*columns))).one_or_none()
    if row is None:
        return
    heard = Heard(row.id, row.key, "", row.heard_at, row.traceparent)
    failure = Failure(
        source="intake",
        handler=kind,
        message_id=str(heard.id),
        subject=kind,
        payload=to_json({"key": heard.key, "heard_at": heard.heard_at.isoformat()}).encode(),
        headers={"traceparent": heard.traceparent},
        code=code,
    )
    with heard.act():
        await count_failure(tx, failure, attempts=attempts)
        await bury(tx, failure)


async def oldest_heard(tx: AsyncConnection) -> dict[str, float]:
    """Returns the seconds since the oldest input was heard that is not applied, by kind."""
    return {row.kind: float(row.age) for row in await tx.execute(_OLDEST) if row.age is not None}

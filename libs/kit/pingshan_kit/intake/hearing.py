"""The door of the intake: an input is stored word by word, and whoever sent it is answered after the commit."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from opentelemetry import trace
from sqlalchemy import exists, func, select

from pingshan_kit import telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.ids import uuid7
from pingshan_kit.intake.kinds import IntakeKind, Word
from pingshan_kit.storage.database import FENCE, Database
from pingshan_kit.storage.lane import LONGEST, GaveWay, Joined, Lane
from pingshan_kit.storage.statements import fail
from pingshan_kit.storage.tables import intake

_ADD = """
INSERT INTO intake (id, kind, key, payload, traceparent)
SELECT id, kind, key, payload, traceparent
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[])
    WITH ORDINALITY AS k (id, kind, key, payload, traceparent, n)
ORDER BY n
"""
_LOOK_SECONDS = 0.02

_Row = tuple[UUID, str, str, bytes, str]


class Intake:
    """Hears inputs; a process makes one."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._lane = Lane(database)
        self._add = Joined(self._lane, _ADD, row=tuple, otherwise=self._add_alone)

    async def hear(self, kind: IntakeKind, word: Word) -> None:
        """Stores one input, and returns after the commit; those that come at the same time share it.

        Raises Unavailable; then it may be there or not, and is heard again where its sender sends it again.
        """
        await self._add(self._row(kind, word, telemetry.traceparent()))
        self._database.intake_added.set()

    async def hear_all(self, kind: IntakeKind, words: Sequence[Word]) -> None:
        """Stores inputs in one statement and in their order, for whoever has many at hand. Raises as `hear` does."""
        if not words:
            return
        traceparent = telemetry.traceparent()
        rows = [self._row(kind, word, traceparent) for word in words]
        columns = tuple(map(list, zip(*rows, strict=True)))
        if FENCE.get() is not None or not await self._added_by_the_lane(columns):
            await self._add_on_the_pool(columns)
        self._database.intake_added.set()

    async def applied(self, kind: IntakeKind, key: str, *, within: float) -> bool:
        """Waits until nothing waits of what was heard of the key so far, `within` seconds at most; returns whether.

        What was parked does not wait. Raises Unavailable.
        """
        mine = (intake.c.kind == kind.name) & (intake.c.key == key) & intake.c.parked_at.is_(None)
        end = asyncio.get_running_loop().time() + within
        async with self._database.read() as tx:
            last = (await tx.execute(select(func.max(intake.c.position)).where(mine))).scalar_one()
        if last is None:
            return True
        waits = select(exists().where(mine, intake.c.position <= last))
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_LOOK_SECONDS)
            async with self._database.read() as tx:
                if not (await tx.execute(waits)).scalar_one():
                    return True
        return False

    def _row(self, kind: IntakeKind, word: Word, traceparent: str) -> _Row:
        word_id = uuid7()
        payload = self._personal.encrypt(word.payload, table="intake", column="payload", row=str(word_id))
        return word_id, kind.name, word.key, payload, traceparent

    async def _added_by_the_lane(self, columns: Sequence[Any]) -> bool:
        """Returns False where the lane met a lock, and nothing was added."""
        span = self._lane.statements.start(_ADD, [trace.get_current_span()])
        try:
            async with asyncio.timeout(LONGEST):
                await self._lane.fetch(_ADD, *columns)
        except GaveWay as error:
            fail(span, error)
            return False
        except TimeoutError as error:
            fail(span, error)
            raise Unavailable(part="database") from error
        except BaseException as error:
            fail(span, error)
            raise
        span.end()
        return True

    async def _add_alone(self, row: _Row) -> list[Any]:
        await self._add_on_the_pool([[value] for value in row])
        return []

    async def _add_on_the_pool(self, columns: Sequence[Any]) -> None:
        async with self._database.begin() as tx:
            await tx.exec_driver_sql(_ADD, tuple(columns))

"""Reads: one statement without a transaction, several in one snapshot.

Whether a second statement follows is known only when it comes, but each place in the code needs nearly always as many
as before. So a place begins with a transaction (read only, REPEATABLE READ), and once it was content with one
statement, the next time that statement runs without BEGIN and COMMIT. Where a second follows all the same, the first
is repeated in the snapshot of the second: its rows are the same, or the read is refused as PostgreSQL refuses a
serialisation failure. From then on the place has its transaction from the beginning.

Own code: SQLAlchemy's AUTOCOMMIT is chosen before the first statement, by the caller.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy import FrozenResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.outdated import is_outdated

Place = tuple[str, int]
"""File and line of an `async with database.read()`."""


class Places:
    """Remembers, for the life of the process, which places of the code read by one statement."""

    def __init__(self) -> None:
        self._one: set[Place] = set()
        self._several: set[Place] = set()

    def reads_by_one(self, place: Place) -> bool:
        return place in self._one

    def note(self, place: Place, statements: int) -> None:
        """Once a place has needed several statements, it keeps its transaction."""
        if statements > 1:
            self._several.add(place)
            self._one.discard(place)
        elif statements == 1 and place not in self._several:
            self._one.add(place)


class _First(NamedTuple):
    statement: Any
    parameters: Any
    options: Any
    rows: FrozenResult[*tuple[Any, ...]]


class Reading(AsyncConnection):
    """Reads on a connection that PostgreSQL keeps from writing and whose engine is on AUTOCOMMIT."""

    def __init__(self, engine: AsyncEngine, *, by_one: bool) -> None:
        super().__init__(engine)
        self._by_one = by_one
        self._first: _First | None = None
        self._in_snapshot = False
        self.statements = 0

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Executes as AsyncConnection does. Raises Unavailable where rows changed between two statements."""
        self.statements += 1
        if not self._by_one or self.statements > 1:
            await self._open_snapshot()
            return await super().execute(statement, parameters, execution_options=execution_options)
        try:
            result = await super().execute(statement, parameters, execution_options=execution_options)
        except DBAPIError as error:
            if not is_outdated(error):
                raise
            result = await super().execute(statement, parameters, execution_options=execution_options)
        self._first = _First(statement, parameters, execution_options, result.freeze())
        return self._first.rows()

    async def exec_driver_sql(self, statement: Any, parameters: Any = None, execution_options: Any = None) -> Any:
        self.statements += 1
        await self._open_snapshot()
        return await super().exec_driver_sql(statement, parameters, execution_options)

    def stream(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Streams as AsyncConnection does, in a snapshot: PostgreSQL's cursors need a transaction."""
        return self._stream(statement, parameters, execution_options)

    @asynccontextmanager
    async def _stream(self, statement: Any, parameters: Any, options: Any) -> AsyncIterator[Any]:
        self.statements += 1
        await self._open_snapshot()
        async with super().stream(statement, parameters, execution_options=options) as result:
            yield result

    async def _open_snapshot(self) -> None:
        if self._in_snapshot:
            return
        await self.commit()  # nothing was begun at the server; the level may change only between transactions
        await self.execution_options(isolation_level="REPEATABLE READ")
        self._in_snapshot = True
        if self._first is not None:
            first, self._first = self._first, None
            again = await super().execute(first.statement, first.parameters, execution_options=first.options)
            if again.fetchall() != first.rows().fetchall():
                raise Unavailable(part="database")

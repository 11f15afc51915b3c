"""Applies what was heard: in groups, in order per key, once, whatever fails and however many processes try.

Inputs of a kind are applied by one transaction at a time in all processes together: it holds a lock that ends with it,
so a process that stands still, or was killed, keeps it no longer than its transaction. Removal and effect commit
together.

A group that fails is tried in halves, until its bad input is alone. The key of that one is held up: its later inputs
wait behind it, and everybody else's go on. Where a part is away, or somebody holds a lock, it is tried again without
end; an error of the handler's own parks it after some tries, and the later inputs of its key go on without it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.away import AWAY_SECONDS, is_away
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.intake import queue
from pingshan_kit.intake.kinds import Heard, IntakeHandler
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import tracer

ATTEMPTS = 3
"""Times that an input may fail alone, by its own fault, before it is parked."""
_AGAIN_SECONDS = 1.0
_POLL_SECONDS = 1.0
"""What another process heard is found after this time at most."""
_GATHER_SECONDS = 0.1
"""Pause after a group that was not full: what comes meanwhile shares the next one."""
_TURN_SECONDS = 0.1
"""Pause while another process applies."""

Take = Callable[[AsyncConnection], Awaitable[list[Row[Any]]]]


class IntakeRunner:
    """Applies the inputs of all kinds, each kind beside the others, until `run` is cancelled or raises.

    Raises ValueError where two handlers are given for one kind.
    """

    def __init__(self, database: Database, personal: PersonalData, handlers: Sequence[IntakeHandler]) -> None:
        if len({handler.kind.name for handler in handlers}) < len(handlers):
            raise ValueError("two handlers for one kind of input")
        self._database = database
        self._kinds = [_Applying(database, personal, handler) for handler in handlers]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for kind in self._kinds:
                group.create_task(kind.run())
            while True:
                await self._database.intake_added.wait()
                self._database.intake_added.clear()
                for kind in self._kinds:
                    kind.came.set()


@dataclass
class _HeldUp:
    """Says of a key whose oldest input failed how often it did so by its own fault, and when it is tried again."""

    attempts: int
    again_at: float


class _Applying:
    """Applies the inputs of one kind."""

    def __init__(self, database: Database, personal: PersonalData, handler: IntakeHandler) -> None:
        self.came = asyncio.Event()
        self._database = database
        self._personal = personal
        self._handler = handler
        self._kind = handler.kind
        self._most = handler.kind.most
        """Inputs that the next group takes: fewer after one has failed."""
        self._held_up: dict[str, _HeldUp] = {}
        self._taken: Sequence[Row[Any]] = ()

    async def run(self) -> None:
        while True:
            self.came.clear()
            for key in [key for key, held_up in self._held_up.items() if held_up.again_at <= _now()]:
                await self._again(key)
            await asyncio.sleep(await self._next())

    async def _next(self) -> float:
        """Applies the next group, and returns after how many seconds to look again."""
        wanted = self._most
        try:
            applied = await self._apply(self._oldest)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed group, no end of the runner
            return self._failed(error)
        if applied is None:
            return _TURN_SECONDS
        self._most = min(self._kind.most, wanted * 2)
        if applied == wanted:
            return 0.0
        if not applied:
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self.came.wait()
            return 0.0
        return _GATHER_SECONDS

    async def _apply(self, take: Take) -> int | None:
        """Applies what `take` finds, in one transaction; returns its number, None while another process applies."""
        self._taken = ()
        async with self._database.begin() as tx:
            if not await queue.take_turn(tx, self._kind.name):
                return None
            self._taken = await take(tx)
            if self._taken:
                heard = [self._opened(row) for row in self._taken]
                with _act(self._kind.name, heard):
                    await self._handler.apply(tx, heard)
        return len(self._taken)

    async def _oldest(self, tx: AsyncConnection) -> list[Row[Any]]:
        return await queue.take(tx, self._kind.name, self._most, all_but=self._held_up.keys())

    def _opened(self, row: Row[Any]) -> Heard:
        payload = self._personal.decrypt(row.payload, table="intake", column="payload", row=str(row.id))
        return Heard(row.id, row.key, payload, row.heard_at, row.traceparent)

    def _failed(self, error: Exception) -> float:
        """Halves the next group; of one that was alone, holds the key up. Returns the seconds until the next one."""
        if not self._taken:
            self._log(error, "intake.postponed")
            return AWAY_SECONDS
        self._most = max(1, len(self._taken) // 2)
        if len(self._taken) == 1:
            self._hold_up(self._taken[0], error)
        return 0.0

    def _hold_up(self, row: Row[Any], error: Exception) -> None:
        held_up = self._held_up.setdefault(row.key, _HeldUp(0, 0.0))
        if is_away(error):
            self._log(error, "intake.postponed")
            held_up.again_at = _now() + AWAY_SECONDS
        else:
            self._log(error, "intake.failed", heard_id=str(row.id), exc_info=error)
            held_up.attempts += 1
            held_up.again_at = _now() + _AGAIN_SECONDS

    async def _again(self, key: str) -> None:
        """Tries the oldest input of a key that is held up; parks it after the last try. Its key goes on then."""

        async def oldest(tx: AsyncConnection) -> list[Row[Any]]:
            return await queue.take_oldest(tx, self._kind.name, key)

        try:
            if await self._apply(oldest) is not None:
                del self._held_up[key]
        except Exception as error:  # noqa: BLE001 - as above
            if not self._taken:
                self._held_up[key].again_at = _now() + AWAY_SECONDS
                return
            [row] = self._taken
            self._hold_up(row, error)
            if self._held_up[key].attempts >= ATTEMPTS:
                await self._park(row.id, key, type(error).__name__)

    async def _park(self, heard_id: UUID, key: str, code: str) -> None:
        with suppress(Unavailable):  # then it is tried once more
            async with self._database.begin() as tx:
                await queue.park(tx, self._kind.name, heard_id, code, attempts=ATTEMPTS)
            del self._held_up[key]

    def _log(self, error: Exception, event: str, **more: Any) -> None:
        level = log.error if "exc_info" in more else log.warning
        level(event, kind=self._kind.name, inputs=len(self._taken), error=type(error).__name__, **more)


def _act(kind: str, heard: Sequence[Heard]) -> AbstractContextManager[Any]:
    """Makes the span of a group, in the act that heard its first, linked to the others; none where none was traced."""
    acts = _distinct([each.context for each in heard])
    if not acts:
        return nullcontext()
    parent = trace.set_span_in_context(NonRecordingSpan(acts[0]))
    links = [Link(act) for act in acts[1:]]
    return tracer.start_as_current_span(f"apply {kind}", parent, SpanKind.CONSUMER, links=links)


def _distinct(acts: Sequence[SpanContext]) -> list[SpanContext]:
    return list({act.span_id: act for act in acts if act.is_valid}.values())


def _now() -> float:
    return asyncio.get_running_loop().time()

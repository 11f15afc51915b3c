"""How long the event loop of this process leaves everybody waiting: one figure for readiness and `pingshan doctor`.

Own code: asyncio's debug mode reports slow callbacks too, but slows all of them down and knows no figure.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

_EVERY = 0.05
"""Seconds between two looks; the figure is at most so much too small."""
_WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Lag:
    """Holds the worst of the last minute, in seconds."""

    late: float = 0.0
    """By which a timer fired too late, for whatever reason: another process had the core, or the loop was held up."""
    busy: float = 0.0
    """Of processor time that the loop's own thread spent meanwhile: a computation that stood in everybody's way."""


class LoopLag:
    """Looks twenty times a second how late the event loop is."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Lag]] = deque()

    async def run(self) -> None:
        """Measures until it is cancelled; `thread_time` is that of the thread in which the loop runs."""
        while True:
            began, computed = time.monotonic(), time.thread_time()
            await asyncio.sleep(_EVERY)
            late = max(0.0, time.monotonic() - began - _EVERY)
            self._note(Lag(late, min(late, time.thread_time() - computed)))

    @property
    def worst(self) -> Lag:
        """Returns the worst of the last minute; `late` and `busy` may be of two moments."""
        self._forget()
        lags = [lag for _, lag in self._seen]
        return Lag(max((lag.late for lag in lags), default=0.0), max((lag.busy for lag in lags), default=0.0))

    def _note(self, lag: Lag) -> None:
        self._forget()
        self._seen.append((time.monotonic(), lag))

    def _forget(self) -> None:
        while self._seen and self._seen[0][0] < time.monotonic() - _WINDOW:
            self._seen.popleft()

"""Feeds the live views of this process, from events at once and from the database every 3 seconds.

Events may be missed while NATS is unreachable, and not every change is one; the look into the database catches both.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from enum import Enum, auto

from pingshan_events.alerts import AlertAcknowledged, AlertRaised
from pingshan_kit.clock import now
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import OrderedConsumer
from pingshan_kit.logging import log
from pingshan_values.level import Level

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.count_alerts import count_alerts
from pingshan_alerts.usecases.handling.find_alert import find_alert
from pingshan_alerts.usecases.handling.read_changes import read_changes

LOOK_SECONDS = 3.0
_LONGEST_QUEUE = 500
_REMEMBERED = 5_000
_COUNTS_LAST = timedelta(seconds=1)

MOST_SCREENS = 32
"""Live screens of one person, in one process: a duty account that a hall's screens share fits in. A person has as many
connections as an office has (`http/peers.py` of the kit), and would keep the others of their address out."""


class End(Enum):
    """Says why a viewer gets no more changes."""

    TOO_SLOW = auto()
    """It must reconnect."""
    DISPLACED = auto()
    """Its person has opened too many others since."""


Changes = asyncio.Queue[Alert | End]
"""Changed alerts in order, and maybe the end."""


class Live:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._viewers: dict[Changes, str] = {}
        """With the person who looks, the oldest first."""
        self._versions: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self._counts: tuple[datetime, dict[Level, int]] | None = None

    @property
    def watches(self) -> tuple[OrderedConsumer[AlertRaised], OrderedConsumer[AlertAcknowledged]]:
        return OrderedConsumer(AlertRaised, self._heard), OrderedConsumer(AlertAcknowledged, self._heard)

    @asynccontextmanager
    async def viewer(self, person_id: str) -> AsyncIterator[Changes]:
        """Yields a queue that receives every change from now on, until the context ends, or an End comes.

        Of a person's screens the oldest gives way where there are too many.
        """
        queue: Changes = asyncio.Queue(_LONGEST_QUEUE)
        own = [each for each, person in self._viewers.items() if person == person_id]
        if len(own) >= MOST_SCREENS:
            self._end(own[0], End.DISPLACED)
        self._viewers[queue] = person_id
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield queue
        finally:
            self._viewers.pop(queue, None)
            if not self._viewers and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def since(self, moment: datetime) -> AsyncIterator[list[Alert]]:
        """Yields all that changed since shortly before `moment`, which a viewer that reconnects may have missed."""
        return read_changes(self._deps, since=moment)

    async def counts(self) -> dict[Level, int]:
        """Returns the number of live alerts by level, at most a second old; all viewers share one query."""
        if self._counts is None or now() - self._counts[0] > _COUNTS_LAST:
            self._counts = now(), await count_alerts(self._deps)
        return self._counts[1]

    async def _heard(self, event: AlertRaised | AlertAcknowledged) -> None:
        if self._viewers and self._versions.get(event.alert_id, 0) < event.aggregate_version:
            alert = await find_alert(self._deps, alert_id=event.alert_id)
            if alert is not None:
                self._notify(alert)

    async def _look(self) -> None:
        looked_at, interrupted = now(), False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            moment = now()
            try:
                async for changed in read_changes(self._deps, since=looked_at):
                    for alert in changed:
                        self._notify(alert)
            except Unavailable:
                if not interrupted:
                    log.warning("live.interrupted", viewers=len(self._viewers))
                interrupted = True
                continue
            if interrupted:
                log.info("live.resumed")
            looked_at, interrupted = moment, False

    def _notify(self, alert: Alert) -> None:
        if self._versions.get(alert.alert_id, 0) >= alert.version:
            return
        self._versions[alert.alert_id] = alert.version
        self._counts = None
        while len(self._versions) > _REMEMBERED:
            self._versions.pop(next(iter(self._versions)))
        for queue in list(self._viewers):
            if queue.full():
                self._end(queue, End.TOO_SLOW)
            else:
                queue.put_nowait(alert)

    def _end(self, queue: Changes, end: End) -> None:
        self._viewers.pop(queue, None)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(end)

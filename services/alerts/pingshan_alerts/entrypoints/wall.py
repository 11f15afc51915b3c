"""The command wall: a map and a list that update themselves (server-sent events, WHATWG HTML section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pingshan_ui
from pingshan_kit.auth import actor, protect
from pingshan_kit.clock import now
from pingshan_kit.errors import Unauthenticated, Unavailable
from pingshan_kit.fair import in_turns
from pingshan_kit.site import site_of
from pingshan_kit.trust import trust_of
from pingshan_ui.environment import language
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.entrypoints.live import Changes, End, Live
from pingshan_alerts.entrypoints.pages import READERS
from pingshan_alerts.entrypoints.presentation import street_name, title
from pingshan_alerts.entrypoints.street_map import StreetMap
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.mark_alerts_shown import MarkAlertsShown, mark_alerts_shown
from pingshan_alerts.usecases.handling.read_wall import MOST_ALERTS, read_wall

BEAT_SECONDS = 5
_TICK_SECONDS = 0.5
"""A session's end is noticed that soon: with what it takes to hear of it, less than 2 s."""
_RETRY_SECONDS = 1.0
_SHARED = 1_000
_MARKED_AT_ONCE = 500
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Wall:
    def __init__(self, deps: Dependencies, live: Live) -> None:
        self._deps = deps
        self._live = live
        self._map = StreetMap(deps.reference.outlines)
        self._rendered: dict[tuple[str, int, str], str] = {}

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/wall", protect(self.page, *READERS)),
            Route("/wall/stream", protect(self.stream, *READERS)),
        ]

    async def page(self, request: Request) -> Response:
        person = actor(request)
        wall = await read_wall(self._deps, person)
        await mark_alerts_shown(self._deps, person, MarkAlertsShown([alert.alert_id for alert in wall.alerts]))
        pieces = pingshan_ui.pieces(
            request,
            "wall.html",
            alerts=wall.alerts,
            most=MOST_ALERTS,
            counts=wall.counts,
            levels=list(Level),
            map=self._map,
            title=title,
            street_name=street_name,
            at=now(),
            event_id=_event_id(now()),
        )
        return pingshan_ui.joined(request, await in_turns(pieces))

    async def stream(self, request: Request) -> Response:
        return StreamingResponse(self._events(request, actor(request)), 200, _HEADERS, "text/event-stream")

    async def _events(self, request: Request, person: Actor) -> AsyncIterator[str]:
        """Yields events until the session ends; a viewer that reconnects first gets the changes it missed.

        While the database, or who knows whether the session is alive, is away, the screen is told that it hears no news
        and since when; the same stream goes on afterwards.
        """
        missed = _moment(request.headers.get("last-event-id") or request.query_params.get("since", ""))
        async with self._live.viewer(person.id) as changes:
            yield "retry: 2000\n\n"
            shown = _Shown(self, request, person, changes, missed)
            while not shown.over:
                try:
                    async for event in shown.news():
                        yield event
                except Unauthenticated:
                    yield _message("signed-out", {})
                    return
                except Unavailable:  # Live says it in the log, once for all screens
                    yield _message("no-news", {"since": shown.heard_at.isoformat()})
                    await asyncio.sleep(_RETRY_SECONDS)
            if shown.over is End.DISPLACED:
                yield _message("displaced", {})

    async def refuse_dead(self, person: Actor) -> None:
        await trust_of(self._deps.settings).revocations.refuse_dead(person)

    def since(self, moment: datetime) -> AsyncIterator[list[Alert]]:
        return self._live.since(moment)

    async def mark(self, person: Actor, alert_ids: Sequence[str]) -> None:
        await mark_alerts_shown(self._deps, person, MarkAlertsShown(alert_ids))

    async def beat(self) -> str:
        """Returns an event that shows the screen that it is connected, and how many alerts there are."""
        counts = await self._live.counts()
        data = {"at": now().isoformat(), "counts": {level.value: counts[level] for level in Level}}
        return _message("beat", data)

    def event(self, request: Request, alert: Alert) -> str:
        """Returns the alert as an event, rendered once per version and language for all screens."""
        key = (alert.alert_id, alert.version, language(request))
        if key not in self._rendered:
            while len(self._rendered) >= _SHARED:
                self._rendered.pop(next(iter(self._rendered)))
            self._rendered[key] = self._render(request, alert)
        return self._rendered[key]

    def _render(self, request: Request, alert: Alert) -> str:
        gone = not alert.is_live
        data = {
            "id": alert.alert_id,
            "level": alert.level.number,
            "card": "" if gone else self._part(request, "wall_card.html", alert),
            "point": "" if gone or alert.position is None else self._part(request, "wall_point.html", alert),
        }
        return _message("alert", data, _event_id(alert.updated_at))

    def _part(self, request: Request, template: str, alert: Alert) -> str:
        html: str = (
            site_of(request)
            .templates.get_template(template)
            .render(request=request, alert=alert, map=self._map, title=title, street_name=street_name)
        )
        return html


class _Shown:
    """Says what one screen has been shown so far, so that its stream goes on where an interruption broke it off."""

    def __init__(self, wall: Wall, request: Request, person: Actor, changes: Changes, missed: datetime | None) -> None:
        self._wall = wall
        self._request = request
        self._person = person
        self._changes = changes
        self._missed = missed
        self._unmarked: list[str] = []
        self._beat_at = float("-inf")
        self.heard_at = now()
        """When there was news, or word that there was none, for the last time."""
        self.over: End | None = None

    async def news(self) -> AsyncIterator[str]:
        """Yields events for ever. Raises Unauthenticated at the session's end, Unavailable; may be called again."""
        wall, loop = self._wall, asyncio.get_running_loop()
        while not self.over:
            await wall.refuse_dead(self._person)
            if self._missed:
                async for missed in wall.since(self._missed):
                    for alert in missed:
                        yield await self._show(alert)
                    self._unmarked += [alert.alert_id for alert in missed]
                self._missed = None
            while self._unmarked:
                await wall.mark(self._person, self._unmarked[:_MARKED_AT_ONCE])
                self._unmarked = self._unmarked[_MARKED_AT_ONCE:]
                self._beat_at = float("-inf")  # the numbers changed too
            if loop.time() - self._beat_at >= BEAT_SECONDS:
                beat = await wall.beat()
                self._beat_at, self.heard_at = loop.time(), now()
                yield beat
            changed = await _next(self._changes)
            if isinstance(changed, End):
                self.over = changed
                return
            for alert in changed:
                self._unmarked.append(alert.alert_id)
                yield await self._show(alert)

    async def _show(self, alert: Alert) -> str:
        await asyncio.sleep(0)  # others have their turn between any two of hundreds
        return self._wall.event(self._request, alert)


async def _next(changes: Changes) -> list[Alert] | End:
    """Returns the alerts that changed within half a second, maybe none, or the End of this viewer."""
    found: list[Alert] = []
    try:
        first = await asyncio.wait_for(changes.get(), _TICK_SECONDS)
        while not isinstance(first, End):
            found.append(first)
            if changes.empty():
                return found
            first = changes.get_nowait()
    except TimeoutError:
        return found
    return first


def _message(event: str, data: Mapping[str, Any], event_id: str = "") -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _event_id(moment: datetime) -> str:
    """Returns the milliseconds since 1970 as text."""
    return str(int(moment.timestamp() * 1000))


def _moment(event_id: str) -> datetime | None:
    if not (event_id.isascii() and event_id.isdigit() and len(event_id) <= 14):
        return None
    return datetime.fromtimestamp(int(event_id) / 1000, UTC)

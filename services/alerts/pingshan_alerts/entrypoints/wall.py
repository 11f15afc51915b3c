"""The command wall: a map and a list that update themselves (server-sent events, WHATWG HTML section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pingshan_ui
from pingshan_kit.auth import actor, protect
from pingshan_kit.clock import now
from pingshan_kit.errors import Unauthenticated
from pingshan_kit.site import site_of
from pingshan_kit.trust import trust_of
from pingshan_ui.environment import language
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.entrypoints.live import Changes, Live
from pingshan_alerts.entrypoints.pages import READERS
from pingshan_alerts.entrypoints.presentation import street_name, title
from pingshan_alerts.entrypoints.street_map import StreetMap
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.mark_alerts_shown import MarkAlertsShown, mark_alerts_shown
from pingshan_alerts.usecases.handling.read_wall import read_wall

BEAT_SECONDS = 5
_SHARED = 1_000
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
        return pingshan_ui.render(
            request,
            "wall.html",
            alerts=wall.alerts,
            counts=wall.counts,
            levels=list(Level),
            map=self._map,
            title=title,
            street_name=street_name,
            at=now(),
            event_id=_event_id(now()),
        )

    async def stream(self, request: Request) -> Response:
        return StreamingResponse(self._events(request, actor(request)), 200, _HEADERS, "text/event-stream")

    async def _events(self, request: Request, person: Actor) -> AsyncIterator[str]:
        """Yields events until the session ends; a viewer that reconnects first gets the changes it missed."""
        revocations = trust_of(self._deps.settings).revocations
        missed = _moment(request.headers.get("last-event-id") or request.query_params.get("since", ""))
        async with self._live.viewer() as changes:
            yield "retry: 2000\n\n"
            yield await self._beat()
            for alert in await self._live.since(missed) if missed else ():
                yield self._event(request, alert)
            ticks = 0
            while True:
                try:
                    await revocations.refuse_dead(person, writes=False)
                except Unauthenticated:
                    yield "event: signed-out\ndata: {}\n\n"
                    return
                changed = await _next(changes)
                if changed is None:
                    return
                for alert in changed:
                    yield self._event(request, alert)
                await mark_alerts_shown(self._deps, person, MarkAlertsShown([each.alert_id for each in changed]))
                ticks = 0 if changed else ticks + 1
                if changed or ticks % BEAT_SECONDS == 0:
                    yield await self._beat()

    async def _beat(self) -> str:
        """Returns an event that shows the screen that it is connected, and how many alerts there are."""
        counts = await self._live.counts()
        data = {"at": now().isoformat(), "counts": {level.value: counts[level] for level in Level}}
        return _message("beat", data)

    def _event(self, request: Request, alert: Alert) -> str:
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


async def _next(changes: Changes) -> list[Alert] | None:
    """Returns the alerts that changed within a second, maybe none, or None where this viewer must reconnect."""
    found: list[Alert] = []
    try:
        first = await asyncio.wait_for(changes.get(), 1)
        while first is not None:
            found.append(first)
            if changes.empty():
                return found
            first = changes.get_nowait()
    except TimeoutError:
        return found
    return None


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

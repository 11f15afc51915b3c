"""All outside parties in one process, each below a path of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pingshan_ui
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pingshan_simulators.browser_facts import BrowserFacts


class Party(Protocol):
    """Describes an outside party: what it answers, and what it does by itself."""

    @property
    def routes(self) -> Sequence[BaseRoute]: ...

    async def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Place:
    path: str
    title: str
    """Title in Chinese, a message id."""
    party: Party


def application(places: list[Place], *, issuer: str) -> Starlette:
    """Returns the application of all parties; `issuer` is identity's origin, to which sign-out forms may redirect."""

    async def index(request: Request) -> Response:
        return pingshan_ui.render(request, "index.html", places=places)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(place.party.run()) for place in places]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for place in places:
                place.party.close()

    routes: list[BaseRoute] = [
        Route("/", index),
        Route("/healthz", healthz),
        Mount("/static/ui", StaticFiles(packages=[("pingshan_ui", "static")])),
    ]
    routes += [Mount(place.path, routes=list(place.party.routes)) for place in places]
    made = Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(BrowserFacts, issuer=issuer)])
    templates = pingshan_ui.environment(Path(__file__).parent, zh="模拟外部系统", en="Simulated outside systems")
    made.state.site = pingshan_ui.PagesOnly(templates)
    return made

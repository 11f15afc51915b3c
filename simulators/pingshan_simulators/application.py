"""All outside parties in one process, each below a path of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route


class Party(Protocol):
    """An outside party: what it answers, and what it does by itself."""

    @property
    def routes(self) -> list[Route]: ...

    async def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Place:
    path: str
    title: str
    party: Party


def application(places: list[Place]) -> Starlette:
    pages = Environment(loader=PackageLoader("pingshan_simulators"), autoescape=True)

    async def index(_request: Request) -> Response:
        return HTMLResponse(pages.get_template("index.html").render(places=places))

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

    routes: list[BaseRoute] = [Route("/", index), Route("/healthz", healthz)]
    routes += [Mount(place.path, routes=place.party.routes) for place in places]
    return Starlette(routes=routes, lifespan=lifespan)

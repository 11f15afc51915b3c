"""A small console made of the kit alone, and the browser that looks at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import nats.errors
from fastapi import APIRouter, Depends
from pingshan_kit.auth import PageAuth, actor, bearer, protect
from pingshan_kit.http import Application, application, idempotency_key
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_ui import environment
from pingshan_values.actor import Actor
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


async def home(request: Request) -> Response:
    state = request.state
    return JSONResponse({"actor": actor(request).id, "language": state.language, "csrf": state.csrf_token})


async def form_page(request: Request) -> Response:
    return HTMLResponse(f"<p>{request.state.csrf_token}</p>")


async def echo(request: Request) -> Response:
    async with request.form() as form:
        return JSONResponse({name: str(value) for name, value in form.items() if name != "csrf_token"})


async def act(request: Request) -> Response:
    """Counts how often it acts, and answers as the form asks."""
    async with request.form() as form:
        wish = str(form.get("wish", ""))
    acts = request.app.state.acts = [*getattr(request.app.state, "acts", []), wish]
    await asyncio.sleep(0.1)
    match wish:
        case "redirect":
            response: Response = RedirectResponse(f"/done/{len(acts)}", 303)
            response.set_cookie("act", str(len(acts)))
            return response
        case "sheet":
            return Response(
                f"sheet {len(acts)}", headers={"Content-Disposition": 'attachment; filename="passwords.csv"'}
            )
        case "fail-once":
            return HTMLResponse("later", 503 if acts.count(wish) == 1 else 200)
        case "later":
            return HTMLResponse("later", 503)
        case "busy":
            return HTMLResponse("busy", 429)
        case "break-once" if acts.count(wish) == 1:
            raise RuntimeError("broken")
    return HTMLResponse(f"wrong {len(acts)}", 401)


async def swallow(request: Request) -> Response:
    return JSONResponse({"octets": len(await request.body())})


async def large(_request: Request) -> Response:
    return Response(LARGE)


async def stream(_request: Request) -> Response:
    """Tells more and more, and never ends."""

    async def tell() -> AsyncIterator[bytes]:
        while True:
            yield LARGE
            await asyncio.sleep(0.05)

    return StreamingResponse(tell(), media_type="text/event-stream")


async def boom(_request: Request) -> Response:
    raise RuntimeError("the inside of the house")


async def away(_request: Request) -> Response:
    raise nats.errors.NoRespondersError


class Thing(BaseModel):
    name: str = Field(min_length=2, max_length=10)
    count: int = Field(ge=1)


def api() -> APIRouter:
    router = APIRouter()

    @router.post("/things")
    async def make(thing: Thing, request_id: Annotated[UUID, Depends(idempotency_key)]) -> dict[str, Any]:
        return {"name": thing.name, "request_id": str(request_id)}

    @router.get("/mine")
    async def mine(caller: Annotated[Actor, Depends(bearer("officer"))]) -> dict[str, Any]:
        return {"actor": caller.id, "roles": sorted(caller.roles)}

    @router.post("/mine")
    async def change(caller: Annotated[Actor, Depends(bearer("officer"))]) -> dict[str, Any]:
        return {"actor": caller.id}

    @router.get("/boom")
    async def fail() -> None:
        raise RuntimeError("the inside of the house")

    return router


def console(settings: ServiceSettings, database: Database, *, body_limit: int = 10_000) -> Application:
    return application(
        settings,
        database=database,
        errors={},
        pages=[
            Route("/", home),
            Route("/form", form_page),
            Route("/echo", echo, methods=["POST"]),
            Route("/act", act, methods=["POST"]),
            Route("/swallow", swallow, methods=["POST"]),
            Route("/boom", boom),
            Route("/away", away),
            Route("/mine", protect(home)),
            Route("/mine/change", protect(echo), methods=["POST"]),
            Route("/officers", protect(home, "officer")),
            Route("/officers/act", protect(act, "officer"), methods=["POST"]),
            Route("/judges", protect(home, "judge")),
            Route("/strict", protect(home, level=3)),
            Route("/strict/act", protect(act, level=3), methods=["POST"]),
        ],
        api=api(),
        machine=[Route("/hook", swallow, methods=["POST"]), Route("/large", large), Route("/stream", stream)],
        templates=environment(Path(__file__).parent, zh="控制台", en="Console"),
        auth=PageAuth(settings, database),
        body_limit=body_limit,
    )


@asynccontextmanager
async def browser(app: Starlette, settings: ServiceSettings) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks https, so that httpx keeps secure cookies, as browsers do on http://localhost."""
    address = settings.public_url.replace("http://", "https://")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address) as client:
        yield client


async def csrf_token(client: httpx.AsyncClient) -> str:
    page = await client.get("/form")
    return page.text.removeprefix("<p>").removesuffix("</p>")


PAGE = {"accept": "text/html"}
LARGE = b"x" * 3_000_000

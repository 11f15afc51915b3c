"""Whose word about a client's address is taken by a running process: nobody's whom the setting does not name."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pingshan_kit.http import application
from pingshan_kit.process.parts import HttpServer
from pingshan_kit.storage.database import Database
from pingshan_ui import environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform
from tests.support.servers import free_port

HEADERS = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"},
    {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"},
]


async def seen(_request: Request) -> Response:
    assert _request.client
    return JSONResponse({"client": _request.client.host})


async def asked(settings: ELicense, database: Database, headers: dict[str, str]) -> str:
    made: Starlette = application(
        settings,
        database=database,
        errors={},
        templates=environment(Path(__file__).parent, zh="控制台", en="Console"),
        machine=[Route("/seen", seen)],
    )
    server = HttpServer(made, settings)
    running = asyncio.create_task(server.run_here())
    try:
        while not server.started:  # noqa: ASYNC110 - Uvicorn has no event for it
            await asyncio.sleep(0.02)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{settings.http_port}/seen", headers=headers)
        return str(answer.json()["client"])
    finally:
        await server.stop()
        await running


@pytest.mark.parametrize("headers", HEADERS)
async def test_loopback_is_not_believed(platform: TestPlatform, publisher: Database, headers: dict[str, str]) -> None:
    bound = platform.service("e-license", migrated=False)
    assert await asked(bound.settings(ELicense, http_port=free_port()), publisher, headers) == "127.0.0.1"


@pytest.mark.parametrize("headers", HEADERS)
async def test_a_trusted_proxy_is(platform: TestPlatform, publisher: Database, headers: dict[str, str]) -> None:
    bound = platform.service("e-license", migrated=False)
    settings = bound.settings(ELicense, http_port=free_port(), trusted_proxies="127.0.0.0/8")
    assert await asked(settings, publisher, headers) == "203.0.113.9"

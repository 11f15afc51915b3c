"""e-license in this process on real servers, and the siblings that it asks, for component and security tests."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from secrets import token_urlsafe
from typing import Any, ClassVar
from uuid import uuid4

import grpc
import httpx
from pingshan.identity.v1 import organisation_pb2, organisation_pb2_grpc, token_pb2, token_pb2_grpc
from pingshan_e_license.service import build, dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_kit import rpc
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.process.service import Service
from pingshan_kit.settings import ServiceSettings
from pingshan_values.actor import Actor
from pydantic_settings import SettingsConfigDict

from tests.support.platform import TestPlatform

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_REQUEST_ID = re.compile(r'name="request_id" value="([^"]+)"')


class _Organisations(organisation_pb2_grpc.OrganisationServiceServicer):
    async def ListOrganisations(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Two pages, so that paging is used."""
        names = {"": ("amr", "坪山市场监管局", "Market Regulation"), "2": ("health", "坪山卫健局", "Health")}
        code, zh, en = names[request.page_token]
        return organisation_pb2.ListOrganisationsResponse(
            organisations=[organisation_pb2.Organisation(code=code, name_zh=zh, name_en=en)],
            next_page_token="" if request.page_token else "2",
        )


class _Tokens(token_pb2_grpc.TokenServiceServicer):
    async def IntrospectToken(self, request: Any, context: Any) -> Any:  # noqa: N802
        return token_pb2.IntrospectTokenResponse(active=True)


@asynccontextmanager
async def fake_identity(address: str) -> AsyncIterator[None]:
    """A real gRPC server in identity's place: two organisations, and every session is alive."""
    server = grpc.aio.server()
    organisation_pb2_grpc.add_OrganisationServiceServicer_to_server(_Organisations(), server)
    token_pb2_grpc.add_TokenServiceServicer_to_server(_Tokens(), server)
    server.add_insecure_port(address)
    await server.start()
    yield
    await server.stop(None)


@dataclass
class RunningService:
    settings: Settings
    service: Service
    given: Dependencies

    @asynccontextmanager
    async def http(self, headers: Mapping[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
        assert self.service.http is not None
        transport = httpx.ASGITransport(self.service.http)
        async with httpx.AsyncClient(transport=transport, base_url=self.settings.public_url, headers=headers) as client:
            yield client

    @asynccontextmanager
    async def pages(self, actor: Actor | None = None) -> AsyncIterator["Browser"]:
        """A browser; signed in by a real page session where a person is given."""
        async with self.http({"Accept": "text/html"}) as client:
            browser = Browser(client)
            if actor is not None:
                session = PageSession(_with_session(actor), "id-token")
                cookie = token_urlsafe(32)
                await PageSessions(self.settings, self.service.database).begin(cookie, session)
                browser.cookies["__Host-pingshan-e-license"] = cookie
            yield browser


def _with_session(actor: Actor) -> Actor:
    fields = {name: getattr(actor, name) for name in Actor.__dataclass_fields__}
    return Actor(**fields | {"session_id": str(uuid4())})


@dataclass
class Browser:
    """Keeps `__Host-` cookies over plain HTTP, which httpx rightly would not, and fills in a form's hidden fields."""

    client: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)
    html: str = ""

    async def get(self, path: str) -> httpx.Response:
        return self._seen(await self.client.get(path, headers=self._headers()))

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """From the page that was seen last."""
        hidden = {"csrf_token": _first(_TOKEN, self.html), "request_id": _first(_REQUEST_ID, self.html)}
        data = {name: value for name, value in hidden.items() if value} | fields
        return self._seen(await self.client.post(path, data=data, headers=self._headers()))

    async def upload(self, path: str, files: Mapping[str, tuple[str, bytes]], **fields: str) -> httpx.Response:
        """Sends a form with files, from the page that was seen last."""
        data = {"csrf_token": _first(_TOKEN, self.html), **fields}
        return self._seen(await self.client.post(path, data=data, files=dict(files), headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _seen(self, response: httpx.Response) -> httpx.Response:
        for header in response.headers.get_list("set-cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        self.html = response.text or self.html
        return response


def _first(pattern: re.Pattern[str], html: str) -> str:
    found = pattern.search(html)
    return found[1] if found else ""


class _SiblingSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_SIBLING_")


def sibling_channel(platform: TestPlatform, name: str) -> grpc.aio.Channel:
    """A channel as the sibling would open it: with its own key."""

    class Sibling(_SiblingSettings):
        service: ClassVar[str] = name

    return rpc.channel(platform.service(name, migrated=False).settings(Sibling), "e-license")


@asynccontextmanager
async def run_e_license(platform: TestPlatform, **changed: Any) -> AsyncIterator[RunningService]:
    """The service with gRPC listening and HTTP in process; identity is a fake on its own port.

    `changed` are settings by the names of their fields.
    """
    settings = platform.service("e-license", seeded=True).settings(Settings, **changed)
    async with fake_identity(settings.rpc_identity):
        service = build(settings)
        given, close = dependencies(settings, service.database)
        server = rpc.RpcServer(settings, service.grpc, service.errors)
        task = asyncio.create_task(server.run())
        await _listening(settings)
        yield RunningService(settings, service, given)
        await server.stop()
        await task
        for each in (close, *service.close, service.database.close):
            await each()


async def _listening(settings: Settings) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as channel:
        await asyncio.wait_for(channel.channel_ready(), 10)

"""Identity as a relying party sees it: an OpenID provider that signs one person in without asking, or cheats."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.kit.service import eventually
from tests.support.servers import free_port


@dataclass
class FakeIdentity:
    """`cheat` holds what it does wrong: claims of the ID token, or members of the answer, by name."""

    port: int = field(default_factory=free_port)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "key-1"}))
    session_id: str = "session-1"
    roles: tuple[str, ...] = ("officer",)
    cheat_id_token: dict[str, Any] = field(default_factory=dict)
    cheat_access_token: dict[str, Any] = field(default_factory=dict)
    cheat_answer: dict[str, str | None] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    away: bool = False

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def honest(self) -> None:
        for cheat in (self.cheat_id_token, self.cheat_access_token, self.cheat_answer):
            cheat.clear()
        self.session_id = str(uuid4())

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/jwks", self.jwks),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/end-session", self.end_session, methods=["POST"]),
        ]

    async def discovery(self, _request: Request) -> Response:
        names = ("authorization", "token", "end_session")
        paths = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in zip(names, PATHS, strict=True)}
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"} | paths)

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False) | {"kid": self.key.kid}]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        code = uuid4().hex
        self.codes[code] = asked
        answer: dict[str, str | None] = {"code": code, "state": asked["state"], "iss": self.url}
        sent = {name: value for name, value in (answer | self.cheat_answer).items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(sent)}", 303)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.posted.append(form)
        self.headers.append(dict(request.headers))
        asked = self.codes.pop(form["code"], None)
        verifier = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or verifier != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = self.claims(asked["client_id"])
        identity = claims | {"nonce": asked["nonce"], "name": "张三"} | self.cheat_id_token
        access = claims | {"client_id": asked["client_id"]} | self.cheat_access_token
        return JSONResponse({"id_token": self.sign(identity, "JWT"), "access_token": self.sign(access, "at+jwt")})

    async def end_session(self, request: Request) -> Response:
        if self.away:
            return Response(status_code=503)
        form = await request.form()
        self.ended.append(jwt.decode(str(form["id_token_hint"]), self.key).claims["sid"])
        return RedirectResponse(f"{form['post_logout_redirect_uri']}?state={form['state']}", 303)

    def claims(self, audience: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": audience,
            "sub": "person-1",
            "sid": self.session_id,
            "iat": now,
            "exp": now + 600,
            "realm": "staff",
            "org": "market",
            "posts": ["officer"],
            "roles": list(self.roles),
            "acr": "1",
            "act_for": [],
        }

    def sign(self, claims: Mapping[str, Any], kind: str) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid, "typ": kind}, dict(claims), self.key)


PATHS = ("authorize", "token", "end-session")


async def started(server: uvicorn.Server) -> bool:
    return server.started


@asynccontextmanager
async def fake_identity() -> AsyncIterator[FakeIdentity]:
    identity = FakeIdentity()
    app = Starlette(routes=identity.routes())
    server = uvicorn.Server(uvicorn.Config(app, port=identity.port, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve())
    await eventually(partial(started, server))
    yield identity
    server.should_exit = True
    await task


async def sign_in(client: httpx.AsyncClient, next_path: str = "/mine") -> httpx.Response:
    """Goes to identity and back as a browser does; the console's answer to the callback."""
    return await client.get(await callback_address(client, next_path))


async def callback_address(client: httpx.AsyncClient, next_path: str = "/mine", level: int = 0) -> str:
    """Where identity sends the browser; path and query. `level` 0 asks for none."""
    off = await client.get("/sign-in", params={"next": next_path} | ({"level": str(level)} if level else {}))
    return await answer_to(off)


async def answer_to(off: httpx.Response) -> str:
    """Where identity sends a browser that was sent there; path and query."""
    async with httpx.AsyncClient() as outside:
        back = await outside.get(off.headers["location"])
    address = urlsplit(back.headers["location"])
    return f"{address.path}?{address.query}"


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

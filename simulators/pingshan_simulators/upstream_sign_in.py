"""Sign-in services above the district: small OpenID Connect providers, with a page where one chooses who one is.

Every provider of `data/upstream_people.json` is an issuer of its own at `/upstream/{code}`. How it fails is switched on
its page: by people who try the platform out, and by tests.
"""

import asyncio
import hmac
import json
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from pingshan_ui import render
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

CLIENT_ID = "pingshan"
MODES = {
    "normal": "正常",
    "denies": "本人拒绝",
    "wrong-nonce": "nonce 不对",
    "expired-token": "ID 令牌已过期",
    "another-issuer": "ID 令牌是别的签发者的",
    "another-party": "ID 令牌是给别的系统的",
    "mix-up": "应答自称来自别的签发者",
    "foreign-key": "签名密钥不对",
    "slow": "很慢",
    "away": "停机",
}
_CODE_LIFE = 60.0
_TOKEN_LIFE = 300
_SLOWNESS = 8.0
"""Seconds; longer than identity waits."""

Endpoint = Callable[[Request, "Provider"], Awaitable[Response]]


@dataclass
class Provider:
    code: str
    zh: str
    en: str
    tells: tuple[str, ...]
    """Names of the claims beside `sub`."""
    people: dict[str, dict[str, str]]
    """People by their `sub`."""
    mode: str = "normal"
    codes: dict[str, "Code"] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Code:
    sub: str
    nonce: str
    challenge: str
    until: float


class UpstreamSignIn:
    def __init__(self, *, origin: str, issuer: str, secret_file: Path) -> None:
        """Takes this process's origin, as browsers see it, and identity's, whose callbacks are registered."""
        self._origin = origin
        self._callbacks = issuer
        self._secret_file = secret_file
        self._key = ECKey.generate_key("P-256", {"kid": "upstream", "use": "sig", "alg": "ES256"})
        self._foreign_key = ECKey.generate_key("P-256", {"kid": "upstream", "use": "sig", "alg": "ES256"})
        self._providers = {provider.code: provider for provider in _read()}
        self.routes: list[BaseRoute] = [
            Route("/", self._index),
            Route("/{code}/mode", self._of(self._switch), methods=["POST"]),
            Route("/{code}/.well-known/openid-configuration", self._of(self._discovery)),
            Route("/{code}/jwks", self._of(self._jwks)),
            Route("/{code}/authorize", self._of(self._authorize), methods=["GET", "POST"]),
            Route("/{code}/token", self._of(self._token), methods=["POST"]),
        ]

    async def run(self) -> None:
        """Does nothing: the providers only answer."""

    def close(self) -> None:
        """Closes nothing, as codes live in memory only."""

    def _of(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def of_provider(request: Request) -> Response:
            provider = self._providers.get(request.path_params["code"])
            if provider is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            return await endpoint(request, provider)

        return of_provider

    def _issuer(self, provider: Provider) -> str:
        return f"{self._origin}/upstream/{provider.code}"

    async def _index(self, request: Request) -> Response:
        return render(request, "upstream_index.html", providers=self._providers.values(), modes=MODES)

    async def _switch(self, request: Request, provider: Provider) -> Response:
        mode = str((await request.form()).get("mode", ""))
        if mode not in MODES:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        provider.mode = mode
        return RedirectResponse("/upstream/", 303)

    async def _discovery(self, _request: Request, provider: Provider) -> Response:
        await _misbehave(provider)
        issuer = self._issuer(provider)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _jwks(self, _request: Request, provider: Provider) -> Response:
        await _misbehave(provider)
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request, provider: Provider) -> Response:
        """Shows where one chooses a person; the choice leads back with a code (RFC 6749 section 4.1)."""
        asked = request.query_params
        redirect_uri = f"{self._callbacks}/upstream/{provider.code}/callback"
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != redirect_uri:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        wanted = asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        if not wanted or not asked.get("code_challenge") or not asked.get("nonce"):
            return self._back(provider, redirect_uri, asked.get("state"), {"error": "invalid_request"})
        if request.method == "GET":
            return render(request, "upstream_choose.html", provider=provider, query=request.url.query)
        sub = str((await request.form()).get("sub", ""))
        if sub not in provider.people or provider.mode == "denies":
            return self._back(provider, redirect_uri, asked.get("state"), {"error": "access_denied"})
        code = secrets.token_urlsafe(32)
        provider.codes[code] = Code(sub, asked["nonce"], asked["code_challenge"], time.monotonic() + _CODE_LIFE)
        return self._back(provider, redirect_uri, asked.get("state"), {"code": code})

    def _back(self, provider: Provider, uri: str, state: str | None, answer: dict[str, str]) -> Response:
        named = self._issuer(provider) if provider.mode != "mix-up" else "https://issuer.example"
        return RedirectResponse(f"{uri}?{urlencode(answer | {'state': state or '', 'iss': named})}", 303)

    async def _token(self, request: Request, provider: Provider) -> Response:
        await _misbehave(provider)
        form = await request.form()
        if not self._is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, HTTPStatus.UNAUTHORIZED)
        code = provider.codes.pop(str(form.get("code", "")), None)
        digest = sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code is None or code.until < time.monotonic() or not hmac.compare_digest(challenge, code.challenge):
            return JSONResponse({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        answer = {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "expires_in": _TOKEN_LIFE}
        return JSONResponse(answer | {"id_token": self._id_token(provider, code)})

    def _id_token(self, provider: Provider, code: Code) -> str:
        now = int(time.time())
        person = provider.people[code.sub]
        claims: dict[str, Any] = {
            "iss": self._issuer(provider),
            "sub": code.sub,
            "aud": CLIENT_ID,
            "nonce": code.nonce,
            "iat": now,
            "exp": now + _TOKEN_LIFE,
            **{name: person[name] for name in provider.tells},
        }
        match provider.mode:
            case "wrong-nonce":
                claims["nonce"] = secrets.token_urlsafe(16)
            case "expired-token":
                claims |= {"iat": now - 2 * _TOKEN_LIFE, "exp": now - _TOKEN_LIFE}
            case "another-issuer":
                claims["iss"] = "https://issuer.example"
            case "another-party":
                claims["aud"] = [CLIENT_ID, "another"]
        key = self._foreign_key if provider.mode == "foreign-key" else self._key
        return jwt.encode({"alg": "ES256", "kid": "upstream", "typ": "JWT"}, claims, key, algorithms=["ES256"])

    def _is_client(self, authorization: str) -> bool:
        """Returns whether the client proves itself by `client_secret_basic` (RFC 6749 section 2.3.1)."""
        try:
            name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            return False
        expected = self._secret_file.read_text("utf-8").strip()
        return name == CLIENT_ID and hmac.compare_digest(unquote_plus(secret).encode(), expected.encode())


async def _misbehave(provider: Provider) -> None:
    if provider.mode == "slow":
        await asyncio.sleep(_SLOWNESS)
    if provider.mode == "away":
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)


def _read() -> list[Provider]:
    known = json.loads((Path(__file__).parent / "data" / "upstream_people.json").read_text("utf-8"))
    return [
        Provider(
            each["code"],
            each["zh"],
            each["en"],
            tuple(each["tells"]),
            {person["sub"]: person for person in known[each["people"]]},
        )
        for each in known["providers"]
    ]

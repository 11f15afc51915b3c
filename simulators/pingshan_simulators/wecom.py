"""WeCom (企业微信) as its sign-in interfaces behave: `gettoken`, `auth/getuserinfo`, the QR page, OAuth in the app.

The numbers are those of WeCom's list of global error codes. How it fails is switched on its page.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pingshan_ui import render
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

CORP_ID = "wwpingshan00000001"
AGENT_ID = "1000002"
MODES = {
    "normal": "正常",
    "token-expires": "access_token 提前失效一次（42001）",
    "invalid-code": "code 无效（40029）",
    "no-privilege": "应用没有权限（60011）",
    "outsider": "扫码的人不是成员",
    "busy": "系统繁忙（-1）",
    "slow": "很慢",
    "away": "停机",
}
_ERRORS = {
    -1: "system busy",
    40001: "invalid credential",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    42001: "access_token expired",
    60011: "no privilege to access/modify contact/party/agent",
}
_CODE_LIFE = 300.0
_TOKEN_LIFE = 7200
_SLOWNESS = 8.0
"""Seconds; longer than identity waits."""


@dataclass
class Wecom:
    """Plays WeCom; `callback_origin` is the application's trusted domain, and WeCom leads back nowhere else."""

    callback_origin: str
    secret_file: Path
    mode: str = "normal"
    tokens_given: int = 0
    _tokens: dict[str, float] = field(default_factory=dict, repr=False)
    _codes: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._members: Mapping[str, str] = _read()

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._index),
            Route("/mode", self._switch, methods=["POST"]),
            Route("/cgi-bin/gettoken", self._gettoken),
            Route("/cgi-bin/auth/getuserinfo", self._getuserinfo),
            Route("/wwopen/sso/qrConnect", self._qr_connect, methods=["GET", "POST"]),
            Route("/connect/oauth2/authorize", self._in_app, methods=["GET", "POST"]),
        ]

    async def run(self) -> None:
        """Does nothing: WeCom only answers."""

    def close(self) -> None:
        """Closes nothing, as codes live in memory only."""

    async def _index(self, request: Request) -> Response:
        return render(request, "wecom_index.html", wecom=self, modes=MODES, members=self._members)

    async def _switch(self, request: Request) -> Response:
        mode = str((await request.form()).get("mode", ""))
        if mode not in MODES:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        self.mode = mode
        return RedirectResponse("/wecom/", 303)

    async def _gettoken(self, request: Request) -> Response:
        await self._misbehave()
        if request.query_params.get("corpid") != CORP_ID:
            return _answer(40013)
        given = request.query_params.get("corpsecret", "")
        if not secrets.compare_digest(given.encode(), self.secret_file.read_text("utf-8").strip().encode()):
            return _answer(40001)
        token = secrets.token_urlsafe(48)
        self._tokens[token] = time.monotonic() + _TOKEN_LIFE
        self.tokens_given += 1
        return _answer(0, access_token=token, expires_in=_TOKEN_LIFE)

    async def _getuserinfo(self, request: Request) -> Response:
        await self._misbehave()
        errcode = self._refusal(request.query_params.get("access_token", ""))
        if errcode:
            return _answer(errcode)
        userid, until = self._codes.pop(request.query_params.get("code", ""), ("", 0.0))
        if until < time.monotonic():
            return _answer(40029)
        if self.mode == "outsider":
            return _answer(0, openid=secrets.token_urlsafe(16))
        return _answer(0, userid=userid)

    def _refusal(self, access_token: str) -> int:
        """Returns the error code of a refused call; 0 where the call goes on to its code."""
        until = self._tokens.get(access_token)
        if until is None:
            return 40014
        if self.mode == "token-expires":
            self.mode = "normal"
            self._tokens.clear()
            return 42001
        if until < time.monotonic():
            return 42001
        return {"busy": -1, "no-privilege": 60011, "invalid-code": 40029}.get(self.mode, 0)

    async def _qr_connect(self, request: Request) -> Response:
        """Shows the page with the QR code, where one clicks on the member who would scan it."""
        return await self._lead_back(request, in_app=False)

    async def _in_app(self, request: Request) -> Response:
        """Begins OAuth within the app, which alone may open the page."""
        if "wxwork" not in request.headers.get("user-agent", "").lower():
            return render(request, "wecom_outside.html", status_code=HTTPStatus.FORBIDDEN)
        return await self._lead_back(request, in_app=True)

    async def _lead_back(self, request: Request, *, in_app: bool) -> Response:
        asked = request.query_params
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("appid") != CORP_ID or asked.get("agentid") != AGENT_ID:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        if not redirect_uri.startswith(f"{self.callback_origin}/"):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "50001 redirect_url is not of the trusted domain")
        if request.method == "GET":
            return render(request, "wecom_choose.html", members=self._members, in_app=in_app)
        userid = str((await request.form()).get("userid", ""))
        if userid not in self._members:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        code = secrets.token_urlsafe(32)
        self._codes[code] = (userid, time.monotonic() + _CODE_LIFE)
        query = {"code": code, "state": asked.get("state", ""), "appid": CORP_ID}
        return RedirectResponse(f"{redirect_uri}?{urlencode(query)}", 303)

    async def _misbehave(self) -> None:
        if self.mode == "slow":
            await asyncio.sleep(_SLOWNESS)
        if self.mode == "away":
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)


def _answer(errcode: int, **content: Any) -> Response:
    """Returns WeCom's answer, whose status is always 200; `errcode` says what happened."""
    return JSONResponse({"errcode": errcode, "errmsg": _ERRORS.get(errcode, "ok"), **content})


def _read() -> dict[str, str]:
    text = (Path(__file__).parent / "data" / "wecom_members.json").read_text("utf-8")
    return {each["userid"]: each["name"] for each in json.loads(text)["members"]}

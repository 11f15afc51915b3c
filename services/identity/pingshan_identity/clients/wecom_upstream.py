"""WeCom (企业微信, 政务微信): a QR page in browsers, OAuth in the app; `auth/getuserinfo` returns the member's id."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pingshan_kit.outgoing import Outgoing, json_of

from pingshan_identity.clients.upstreams import call
from pingshan_identity.domain.errors import UpstreamAnswerRefused, UpstreamAway, UpstreamDenied
from pingshan_identity.domain.sign_in.upstream import Proven, Upstream, Visit

_EARLY = 60.0
"""Seconds before its expiry at which an access token is renewed."""
_BUSY = -1
_STALE = frozenset({40014, 42001})
"""Error codes of an invalid or expired access_token; WeCom may end one early."""


@dataclass
class WecomUpstream:
    upstream: Upstream
    secret: str = field(repr=False)
    callback: str
    outgoing: Outgoing = field(repr=False)
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def address(self, visit: Visit, *, language: str, in_wecom: bool) -> str:
        del language
        common = {"appid": self.upstream.client_id, "redirect_uri": self.callback, "state": visit.state}
        if in_wecom:
            query = common | {"response_type": "code", "scope": "snsapi_base", "agentid": self.upstream.agent_id}
            return f"{self.upstream.in_app_page}?{urlencode(query)}#wechat_redirect"
        return f"{self.upstream.qr_page}?{urlencode(common | {'agentid': self.upstream.agent_id})}"

    async def prove(self, answer: Mapping[str, str], visit: Visit) -> Proven:
        del visit  # the state was checked; the protocol has neither nonce nor PKCE
        code = answer.get("code", "")
        if not code:
            raise UpstreamDenied
        content = await self._user_info(await self._access_token(), code)
        if content.get("errcode") in _STALE:
            content = await self._user_info(await self._access_token(stale=self._token), code)
        self._require_success(content)
        userid = content.get("userid")
        if not isinstance(userid, str) or not userid:
            raise UpstreamDenied
        return Proven(subject=userid.lower())

    async def _user_info(self, token: str, code: str) -> Mapping[str, Any]:
        return await self._ask("/cgi-bin/auth/getuserinfo", {"access_token": token, "code": code})

    async def _access_token(self, stale: str | None = None) -> str:
        """Returns an access token kept for all, since WeCom counts fetches. `stale`: one that was just refused."""
        async with self._fetching:
            if not self._token or self._token == stale or self._until < time.monotonic():
                credentials = {"corpid": self.upstream.client_id, "corpsecret": self.secret}
                content = await self._ask("/cgi-bin/gettoken", credentials)
                self._require_success(content)
                self._token = str(content["access_token"])
                self._until = time.monotonic() + float(content["expires_in"]) - _EARLY
            return self._token

    async def _ask(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        answer = await call(self.outgoing, self.upstream, "GET", f"{self.upstream.issuer}{path}", params=dict(query))
        try:
            content = json_of(answer)
        except ValueError as error:
            raise UpstreamAnswerRefused(why="no-json") from error
        if not isinstance(content, dict):
            raise UpstreamAnswerRefused(why="no-object")
        return content

    def _require_success(self, content: Mapping[str, Any]) -> None:
        code = content.get("errcode")
        if code == _BUSY:
            raise UpstreamAway(upstream=self.upstream.name_zh, upstream_en=self.upstream.name_en)
        if code != 0:
            raise UpstreamAnswerRefused(why=f"wecom-{code}" if isinstance(code, int) else "wecom")

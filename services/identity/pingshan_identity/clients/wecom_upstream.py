"""WeCom (企业微信, 政务微信): a QR page in browsers, OAuth in the app; `auth/getuserinfo` returns the member's id."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pingshan_kit.outgoing import Outgoing, json_of
from pingshan_values.text import is_line

from pingshan_identity.clients.upstreams import call
from pingshan_identity.domain.errors import UpstreamAnswerRefused, UpstreamAway, UpstreamDenied
from pingshan_identity.domain.sign_in.upstream import Proven, Upstream, Visit

_EARLY = 60.0
"""Seconds before its expiry at which an access token is renewed."""
_LONGEST = 86_400
_MOST_CHARACTERS, _MOST_TOKEN, _MOST_CODE = 100, 8_192, 10_000_000
"""Of a member's id and of an access token; what is beyond is not WeCom's."""
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
    _failed_at: float = float("-inf")
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
        if _error_code(content) in _STALE:
            content = await self._user_info(await self._access_token(stale=self._token), code)
        self._require_success(content)
        userid = content.get("userid")
        if not isinstance(userid, str) or not is_line(userid, _MOST_CHARACTERS):
            raise UpstreamDenied
        return Proven(subject=userid.lower())

    async def _user_info(self, token: str, code: str) -> Mapping[str, Any]:
        return await self._ask("/cgi-bin/auth/getuserinfo", {"access_token": token, "code": code})

    async def _access_token(self, stale: str | None = None) -> str:
        """Returns an access token kept for all, since WeCom counts fetches. `stale`: one that was just refused.

        Who waited for a fetch that failed does not wait for another one.
        """
        came = time.monotonic()
        async with self._fetching:
            if not self._token or self._token == stale or self._until < time.monotonic():
                if self._failed_at >= came:
                    raise self._away()
                self._token, self._until = await self._fetched()
            return self._token

    async def _fetched(self) -> tuple[str, float]:
        credentials = {"corpid": self.upstream.client_id, "corpsecret": self.secret}
        try:
            content = await self._ask("/cgi-bin/gettoken", credentials)
            self._require_success(content)
            token, seconds = _token_of(content)
        except (UpstreamAway, UpstreamAnswerRefused):
            self._failed_at = time.monotonic()
            raise
        return token, time.monotonic() + seconds - _EARLY

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
        code = _error_code(content)
        if code == _BUSY:
            raise self._away()
        if code != 0:
            raise UpstreamAnswerRefused(why="wecom" if code is None else f"wecom-{code}")

    def _away(self) -> UpstreamAway:
        return UpstreamAway(upstream=self.upstream.name_zh, upstream_en=self.upstream.name_en)


def _error_code(content: Mapping[str, Any]) -> int | None:
    """Returns the `errcode`, 0 for success; None where it is missing or no number of their list."""
    code = content.get("errcode")
    return code if type(code) is int and abs(code) < _MOST_CODE else None


def _token_of(content: Mapping[str, Any]) -> tuple[str, float]:
    """Returns the access token and its life in seconds, at most a day. Raises UpstreamAnswerRefused without either."""
    token, seconds = content.get("access_token"), content.get("expires_in")
    if not isinstance(token, str) or not is_line(token, _MOST_TOKEN):
        raise UpstreamAnswerRefused(why="wecom-token")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
        raise UpstreamAnswerRefused(why="wecom-token")
    return token, float(min(seconds, _LONGEST))

"""A form that is sent twice happens once, and leads where the first went: a double click, or once more after a 503.

Every form of ours carries a key of its own rendering. The first that arrives with it acts; whoever sends the same again
within ten minutes, at the same time too, gets its answer. What is kept is sealed for the browser that sent it, and is
given to the session that sent it alone, while that lives and has the same roles. The answer that began or ended a
session leads the second click of it to the same place.

In one process a few wait for the first, in memory, and get whatever it is answered; more are refused at once, so that
one form sent 480 times costs less than 480 forms do (`pytest -s tests/load/kit/bench_forms.py`).

So does the answer with which another party leads a browser back, which names itself by its query: a reload while the
first is on its way drops the cookies that came with it.

Own code: libraries for idempotency keys answer programs by a header that no form can send, from a cache beside the
database.
"""

import asyncio
import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pingshan_values.actor import Actor
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit import clock
from pingshan_kit.errors import FormUnderWay, Unavailable
from pingshan_kit.http.body import FORMS, MULTIPART, read_again
from pingshan_kit.http.csrf import set_of
from pingshan_kit.http.peers import peer_of
from pingshan_kit.logging import log
from pingshan_kit.shares import MOST_WAITING, MOST_WAITING_PER_PEER, Shares
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import FORM, FORM_LIFE, command

_KEY = re.compile(rb"[0-9a-f]{64}")
_BOUNDARY = re.compile(rb'boundary="?([^";,]+)"?')
_LOST_AFTER = timedelta(seconds=60)
"""Time after which whoever took the form is given up: its process was killed."""
_FIRST_LOOK, _LONGEST_LOOK = 0.05, 1.0
"""Seconds between two looks at what another process has kept: each pause is twice the one before."""
_PATIENCE = 30.0
"""Seconds for which the second waits for the first."""
_MOST_BYTES = 1_048_576
"""Largest answer that is kept, a file as well: the largest sheet of first passwords (5,000 people) has a third of that.
A second form with a larger answer acts again."""
_TRY_AGAIN = frozenset({408, 425, 429})
"""Answers that ask for the same form once more, as those from 500 on do."""
_KEPT_HEADERS = frozenset(
    {
        *(b"content-type", b"content-language", b"content-disposition"),
        *(b"location", b"set-cookie", b"content-security-policy", b"retry-after"),
    }
)
_c = command.c


class Forms:
    """Answers a form from a page of ours once, and its repetitions with the same answer.

    Stands behind `SignedIn`, so that it is known who asks. `session_cookies`: names of the cookies that hold a session.
    `returns`: paths on which another party leads a browser back (`SignIn.returns`).
    """

    def __init__(
        self,
        app: ASGIApp,
        database: Database,
        key: bytes,
        session_cookies: Set[str] = frozenset(),
        returns: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._database = database
        self._key = key
        self._session_cookies = session_cookies
        self._returns = [compile_path(path)[0] for path in returns]
        self._under_way = _UnderWay()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        form, receive = await self._read(scope, receive)
        if form is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        asking = _Asking(_who(request.state.actor), request.cookies, self._session_cookies)
        peer = peer_of(request.client.host) if request.client else ""
        known = await self._claim(form, peer)
        if known is not None and not asking.may_have(known):  # it acts, or is refused, as whoever asks
            form = form.of(asking.who)
            known = await self._claim(form, peer)
        if known is not None:
            await _answer(send, known)
            return
        kept = _Kept(send, asking.who)
        try:
            await self._act(form, kept, scope, receive)
        finally:
            self._under_way.end(form, kept.answer)

    async def _read(self, scope: Scope, receive: Receive) -> tuple["_Form | None", Receive]:
        """Returns what is to happen once, None for any other request; and the body, which may have been read, anew."""
        if scope["type"] != "http":
            return None, receive
        request = Request(scope, receive)
        if scope["method"] == "GET" and any(path.match(scope["path"]) for path in self._returns):
            return _returned(request), receive
        if scope["method"] == "POST" and request.headers.get("content-type", "").startswith(FORMS):
            body = await request.body()
            return _form(request, body), read_again(body, receive)
        return None, receive

    async def _act(self, form: "_Form", kept: "_Kept", scope: Scope, receive: Receive) -> None:
        try:
            await self._app(scope, receive, kept.send)
        except BaseException:
            await self._give_up(form)
            raise
        try:
            await self._keep(form, kept)
        except Unavailable as error:  # the answer is on its way already
            log.warning("form.not_kept", exc_info=error)

    async def _claim(self, form: "_Form", peer: str) -> "_Answer | None":
        """Returns the answer of the first; None where this one is it, whose end `_under_way` is to be told.

        Raises Unavailable where that takes too long, FormUnderWay where too many wait already.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                while self._under_way.is_begun(form):
                    answer = await self._under_way.wait(form, peer)
                    if answer is not None:
                        return answer
                return await self._begin(form)
        except TimeoutError as error:
            raise Unavailable from error

    async def _begin(self, form: "_Form") -> "_Answer | None":
        """Returns the answer that is kept, also once another process has kept it; None where this one is the first."""
        self._under_way.begin(form)
        known = None
        try:
            known = await self._kept(form)
        except BaseException:
            self._under_way.end(form, None)
            raise
        if known is not None:
            self._under_way.end(form, known)
        return known

    async def _kept(self, form: "_Form") -> "_Answer | None":
        pause = _FIRST_LOOK
        while not await self._is_first(form):
            async with self._database.read() as tx:
                sealed = (await tx.execute(select(_c.response).where(form.row))).scalar_one_or_none()
            if sealed is not None:
                return form.opened(self._key, sealed["sealed"])
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK)
        return None

    async def _is_first(self, form: "_Form") -> bool:
        now = clock.now()
        row = insert(command).values(caller=FORM, request_id=form.request_id, request_hash=form.digest, created_at=now)
        over = or_(_c.created_at < now - FORM_LIFE, and_(_c.response.is_(None), _c.created_at < now - _LOST_AFTER))
        taken = row.on_conflict_do_update(
            index_elements=[_c.caller, _c.request_id], set_={"created_at": now, "response": None}, where=over
        )
        async with self._database.begin() as tx:
            return (await tx.execute(taken.returning(_c.request_id))).one_or_none() is not None

    async def _keep(self, form: "_Form", kept: "_Kept") -> None:
        answer = kept.answer
        if answer is None or answer.asks_again:
            await self._give_up(form)
            return
        async with self._database.begin() as tx:
            response = {"sealed": form.sealed(self._key, answer)}
            await tx.execute(update(command).where(form.row).values(response=response))

    async def _give_up(self, form: "_Form") -> None:
        """Lets the same form act again."""
        async with self._database.begin() as tx:
            await tx.execute(delete(command).where(form.row, _c.response.is_(None)))


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    who: str = field(repr=False)
    """Who asked for it, as `_who` says."""

    @property
    def asks_again(self) -> bool:
        """Returns whether the same form is to be sent once more, later, so that nothing is kept."""
        return self.status in _TRY_AGAIN or self.status >= 500


@dataclass(frozen=True, slots=True)
class _Asking:
    who: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    session_cookies: Set[str]

    def may_have(self, answer: _Answer) -> bool:
        """Returns whether who asks may have an answer that is kept."""
        held = {name: value for name, value in self.cookies.items() if name in self.session_cookies}
        given = set_of(self.session_cookies, answer.headers)
        begun = {name: value for name, value in given.items() if value}
        if begun and not answer.who:  # of a sign-in: before the browser has its cookie, or in the session of that
            return not (self.who or held) or bool(self.who and begun.items() & held.items())
        if given and not begun and not self.who:  # of a sign-out, which shows nothing
            return not answer.body
        return self.who == answer.who


@dataclass(frozen=True, slots=True)
class _Form:
    browser: bytes = field(repr=False)
    """Secret that our pages share with the browser; without it nobody opens what is kept."""
    digest: bytes
    """SHA-256 of browser, address and content: another content with the same key is another form."""

    def of(self, who: str) -> "_Form":
        """Returns the same form as one that somebody else sends in this browser."""
        return replace(self, digest=sha256(self.digest + who.encode()).digest())

    @property
    def request_id(self) -> UUID:
        return UUID(bytes=self.digest[:16])

    @property
    def row(self) -> ColumnElement[bool]:
        return and_(_c.caller == FORM, _c.request_id == self.request_id, _c.request_hash == self.digest)

    def sealed(self, key: bytes, answer: _Answer) -> str:
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers]
        content = {
            "status": answer.status,
            "headers": headers,
            "body": b64encode(answer.body).decode(),
            "who": answer.who,
        }
        nonce = secrets.token_bytes(12)
        return b64encode(nonce + self._cipher(key).encrypt(nonce, json.dumps(content).encode(), self.digest)).decode()

    def opened(self, key: bytes, sealed: str) -> _Answer:
        data = b64decode(sealed)
        content = json.loads(self._cipher(key).decrypt(data[:12], data[12:], self.digest))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in content["headers"]]
        return _Answer(content["status"], headers, b64decode(content["body"]), content["who"])

    def _cipher(self, key: bytes) -> AESGCM:
        return AESGCM(sha256(b"form answers" + key + self.browser).digest())


class _UnderWay:
    """The forms that act in this process, and who waits for them."""

    def __init__(self) -> None:
        self._acting: dict[bytes, asyncio.Future[_Answer | None]] = {}
        self._of_form = Shares(MOST_WAITING, FormUnderWay)
        self._of_peer = Shares(MOST_WAITING_PER_PEER, FormUnderWay)

    def is_begun(self, form: _Form) -> bool:
        return form.digest in self._acting

    def begin(self, form: _Form) -> None:
        self._acting[form.digest] = asyncio.get_running_loop().create_future()

    def end(self, form: _Form, answer: _Answer | None) -> None:
        self._acting.pop(form.digest).set_result(answer)

    async def wait(self, form: _Form, peer: str) -> _Answer | None:
        """Returns what the first was answered; None where nobody knows, so that the next one acts.

        Raises FormUnderWay where too many wait for the form, or too many of this peer for any.
        """
        with self._of_form.one_of(form.digest), self._of_peer.one_of(peer):
            return await asyncio.shield(self._acting[form.digest])


class _Kept:
    """Passes an answer on and remembers it."""

    def __init__(self, send: Send, who: str) -> None:
        self._send = send
        self._who = who
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            if len(self._body) <= _MOST_BYTES:
                self._body += message.get("body", b"")
            self._complete = not message.get("more_body", False)
        await self._send(message)

    @property
    def answer(self) -> _Answer | None:
        """What was answered; None where it is not complete, or too large to be given again."""
        if not self._complete or len(self._body) > _MOST_BYTES:
            return None
        headers = [(name, value) for name, value in self._headers if name.lower() in _KEPT_HEADERS]
        return _Answer(self._status, headers, bytes(self._body), self._who)


def _form(request: Request, body: bytes) -> _Form | None:
    """Returns what identifies the form; None where it carries no key, as forms of programs."""
    is_multipart = request.headers["content-type"].startswith(MULTIPART)
    marker = b'name="form_key"\r\n\r\n' if is_multipart else b"form_key="
    start = body.find(marker) + len(marker)
    if marker not in body or not _KEY.match(body, start):
        return None
    boundary = _BOUNDARY.search(request.headers["content-type"].encode("latin-1"))
    content = body.replace(boundary[1], b"") if boundary else body
    browser = str(request.state.form_token).encode()
    parts = (sha256(part).digest() for part in (browser, _address(request), content))
    return _Form(browser, sha256(b"".join(parts)).digest())


def _returned(request: Request) -> _Form | None:
    """Returns what identifies another party's answer; None where no page of ours has been in this browser."""
    if getattr(request.state, "csrf_cookie", None) is not None:
        return None
    browser = str(request.state.browser_secret).encode()
    parts = (sha256(part).digest() for part in (browser, _address(request)))
    return _Form(browser, sha256(b"".join(parts)).digest())


def _address(request: Request) -> bytes:
    return bytes(request.scope["path"].encode() + b"?" + request.scope["query_string"])


def _who(actor: Actor) -> str:
    """Returns session, level and roles of who asks; empty for nobody."""
    return json.dumps([actor.session_id, actor.acr, sorted(actor.roles)]) if actor.session_id else ""


async def _answer(send: Send, answer: _Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})

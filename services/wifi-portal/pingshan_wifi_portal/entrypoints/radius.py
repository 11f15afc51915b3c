"""Runs the RADIUS server: two UDP sockets, and one statement that hears all the accounting that waits."""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import cast

from opentelemetry.trace import SpanKind
from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark, tracer

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.login import AccessRejected
from pingshan_wifi_portal.domain.radius import Code
from pingshan_wifi_portal.domain.session import AccountingOnOff, AccountingRequest
from pingshan_wifi_portal.entrypoints import radius_attributes
from pingshan_wifi_portal.entrypoints.radius_duplicates import DuplicateDetection
from pingshan_wifi_portal.entrypoints.radius_validation import Address, Request, RequestValidation
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.list_controllers import list_controllers
from pingshan_wifi_portal.usecases.radius.authorise_login import AuthoriseLogin, authorise_login
from pingshan_wifi_portal.usecases.radius.count_drops import CountDrops, count_drops
from pingshan_wifi_portal.usecases.radius.hear_accounting import HearAccounting, hear_accounting
from pingshan_wifi_portal.usecases.radius.require_message_authenticator import (
    RequireMessageAuthenticator,
    require_message_authenticator,
)

MAXIMUM_BATCH = 1000
MAXIMUM_WAITING = 100_000
MAXIMUM_AUTHENTICATIONS = 256
ONE_CONTROLLER = 4
"""One controller, or whoever writes packets in its name, takes at most this part of either: a quarter."""
REFRESH_SECONDS = 5.0
RECEIVE_BUFFER = 16 * 1024 * 1024


class _Server(asyncio.DatagramProtocol, ABC):
    """Discards what is not valid, replies to duplicates from the cache, processes the other requests."""

    def __init__(self, validation: RequestValidation, code: Code) -> None:
        self._validation = validation
        self._code = code
        self._duplicates = DuplicateDetection()
        self._of_controller: Counter[str] = Counter()
        """Requests that wait or are worked on, by controller."""
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        request = self._validation.validate(data, address, self._code)
        if request is None:
            return
        if (reply := self._duplicates.cached_reply(request)) is not None:
            self._send(reply, address)
        elif self._duplicates.begin(request):
            self.process(request)

    @abstractmethod
    def process(self, request: Request) -> None:
        """Answers a valid request that came for the first time."""

    def reply(self, request: Request, code: Code, attributes: radius.Attributes = ()) -> None:
        """Sends the reply, and keeps it for duplicates of the request; discards the request where it has no room."""
        try:
            octets = radius.encode_reply(code, request.packet, attributes, request.controller.secret)
        except radius.MalformedPacket:  # the request's Proxy-States, which go back unchanged, fill it
            return self.discard(request, "reply-too-large")
        self._duplicates.complete(request, octets)
        return self._send(octets, request.source)

    def discard(self, request: Request, reason: str) -> None:
        """Counts the request as discarded and sends no reply, so that the controller sends it again."""
        self._duplicates.abandon(request)
        self._validation.count_discarded(request.controller.controller_id, reason)

    def _takes(self, request: Request, most: int) -> bool:
        """Counts the request in, unless there are as many as `most`, or a quarter of them of the same controller."""
        counts, controller = self._of_controller, request.controller.controller_id
        if counts.total() >= most or counts[controller] >= most // ONE_CONTROLLER:
            return False
        counts[controller] += 1
        return True

    def _done(self, request: Request) -> None:
        self._of_controller[request.controller.controller_id] -= 1

    def _send(self, octets: bytes, address: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(octets, address)


class AuthenticationServer(_Server):
    """Replies to Access-Request with Access-Accept or Access-Reject (RFC 2865)."""

    def __init__(self, validation: RequestValidation, deps: Dependencies) -> None:
        super().__init__(validation, Code.ACCESS_REQUEST)
        self._deps = deps
        self._tasks: set[asyncio.Task[None]] = set()

    def process(self, request: Request) -> None:
        if not self._takes(request, MAXIMUM_AUTHENTICATIONS):
            return self.discard(request, "overload")
        task = asyncio.create_task(self._authenticate(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._done(request))
        return None

    async def _authenticate(self, request: Request) -> None:
        controller = request.controller
        with tracer.start_as_current_span("radius access-request", kind=SpanKind.SERVER):
            mark(controller_id=controller.controller_id)
            try:
                accept = await authorise_login(
                    self._deps, AuthoriseLogin(request=radius_attributes.to_access_request(request))
                )
            except AccessRejected as rejected:
                log.info("login.refused", controller_id=controller.controller_id, **rejected.params)
                self.reply(request, Code.ACCESS_REJECT)
            except Exception:  # noqa: BLE001 - whatever it was: no reply, the controller sends the request again
                log.exception("login.failed", controller_id=controller.controller_id)
                self.discard(request, "not-stored")
            else:
                self.reply(request, Code.ACCESS_ACCEPT, radius_attributes.of_access_accept(controller, accept))


class AccountingServer(_Server):
    """Hears requests: those that come while a statement runs share the next one, up to 1,000.

    Controllers take turns, so that one that reports very much holds up none of the others.
    A reply follows the commit of what was heard; `entrypoints/intakes.py` applies it afterwards.
    """

    def __init__(self, validation: RequestValidation, deps: Dependencies) -> None:
        super().__init__(validation, Code.ACCOUNTING_REQUEST)
        self._deps = deps
        self._waiting: dict[str, deque[Request]] = {}
        """By controller, in the order in which they came."""
        self._came = asyncio.Event()

    def process(self, request: Request) -> None:
        if not self._takes(request, MAXIMUM_WAITING):
            return self.discard(request, "overload")
        self._waiting.setdefault(request.controller.controller_id, deque()).append(request)
        self._came.set()
        return None

    async def run(self) -> None:
        while True:
            await self._came.wait()
            batch = self._take()
            if not self._waiting:
                self._came.clear()
            with tracer.start_as_current_span("radius accounting-request", kind=SpanKind.SERVER):
                await self._hear(batch)

    def _take(self) -> list[Request]:
        """Takes one request after the other from each controller that has any, up to a batch."""
        batch: list[Request] = []
        while self._waiting and len(batch) < MAXIMUM_BATCH:
            for controller in list(self._waiting)[: MAXIMUM_BATCH - len(batch)]:
                waiting = self._waiting[controller]
                batch.append(waiting.popleft())
                if not waiting:
                    del self._waiting[controller]
        for request in batch:
            self._done(request)
        return batch

    async def _hear(self, batch: Sequence[Request]) -> None:
        heard: list[tuple[Request, AccountingRequest | AccountingOnOff]] = []
        for request in batch:
            if (accounting := radius_attributes.to_accounting(request)) is not None:
                heard.append((request, accounting))
            else:
                self.discard(request, "incomplete")
        await self._store(heard)

    async def _store(self, heard: Sequence[tuple[Request, AccountingRequest | AccountingOnOff]]) -> None:
        if not heard:
            return
        words = tuple((accounting, radius_attributes.to_word(request)) for request, accounting in heard)
        try:
            refusals = await hear_accounting(self._deps, HearAccounting(words))
        except Unavailable as error:
            log.warning("accounting.not_stored", packets=len(heard), error=type(error).__name__)
            for request, _ in heard:
                self.discard(request, "not-stored")
        except Exception:  # noqa: BLE001 - found out request by request
            await self._store_singly(heard)
        else:
            for (request, _), refusal in zip(heard, refusals, strict=True):
                if refusal:
                    self.discard(request, refusal)
                else:
                    self.reply(request, Code.ACCOUNTING_RESPONSE)

    async def _store_singly(self, heard: Sequence[tuple[Request, AccountingRequest | AccountingOnOff]]) -> None:
        """Stores one request at a time, so that one that cannot be stored does not hold up the others."""
        if len(heard) > 1:
            for each in heard:
                await self._store([each])
        else:
            request, _ = heard[0]
            log.exception("accounting.failed", controller_id=request.controller.controller_id)
            self.discard(request, "not-stored")


class Radius:
    """Runs both servers in the service's process until an exception ends it."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._validation = RequestValidation()

    async def run(self) -> None:
        """Serves both ports, and reads the controllers anew every 5 seconds."""
        settings = self._deps.settings
        accounting = AccountingServer(self._validation, self._deps)
        authentication = AuthenticationServer(self._validation, self._deps)
        await self._refresh()
        with (
            closing(await self._listen(authentication, settings.radius_auth_port)),
            closing(await self._listen(accounting, settings.radius_acct_port)),
        ):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(accounting.run())
                tasks.create_task(_every(REFRESH_SECONDS, self._refresh))

    async def _listen(self, server: _Server, port: int) -> asyncio.DatagramTransport:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind((self._deps.settings.radius_host, port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, sock=sock)
        return transport

    async def _refresh(self) -> None:
        """Reads the controllers anew, and stores what was discarded or first seen meanwhile."""
        validation, deps = self._validation, self._deps
        discarded, validation.discarded = validation.discarded, type(validation.discarded)()
        if discarded:
            await count_drops(deps, CountDrops(packets=discarded))
        for controller_id in list(validation.first_message_authenticators):
            await require_message_authenticator(deps, RequireMessageAuthenticator(controller_id))
        validation.set_controllers(await list_controllers(deps))


async def _every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Unavailable as error:
            log.warning("radius.refresh_failed", error=type(error).__name__)

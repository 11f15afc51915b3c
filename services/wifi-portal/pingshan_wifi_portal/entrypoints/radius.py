"""Runs the RADIUS server: two UDP sockets, and one transaction for all the accounting that waits."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import cast

from opentelemetry.trace import SpanKind
from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark, tracer

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.login import AccessRejected
from pingshan_wifi_portal.domain.radius import Attribute, Code
from pingshan_wifi_portal.domain.session import AccountingRequest
from pingshan_wifi_portal.entrypoints import radius_attributes
from pingshan_wifi_portal.entrypoints.radius_duplicates import DuplicateDetection
from pingshan_wifi_portal.entrypoints.radius_validation import Address, Request, RequestValidation
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.list_controllers import list_controllers
from pingshan_wifi_portal.usecases.radius.authorise_login import AuthoriseLogin, authorise_login
from pingshan_wifi_portal.usecases.radius.count_drops import CountDrops, count_drops
from pingshan_wifi_portal.usecases.radius.record_accounting import RecordAccounting, record_accounting
from pingshan_wifi_portal.usecases.radius.record_accounting_on_off import (
    RecordAccountingOnOff,
    record_accounting_on_off,
)
from pingshan_wifi_portal.usecases.radius.require_message_authenticator import (
    RequireMessageAuthenticator,
    require_message_authenticator,
)

MAXIMUM_BATCH = 1000
MAXIMUM_WAITING = 100_000
MAXIMUM_AUTHENTICATIONS = 256
REFRESH_SECONDS = 5.0
RECEIVE_BUFFER = 16 * 1024 * 1024


class _Server(asyncio.DatagramProtocol):
    """Discards what is not valid, replies to duplicates from the cache, processes the other requests."""

    def __init__(self, validation: RequestValidation, code: Code) -> None:
        self._validation = validation
        self._code = code
        self._duplicates = DuplicateDetection()
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

    def process(self, request: Request) -> None:
        raise NotImplementedError

    def reply(self, request: Request, code: Code, attributes: radius.Attributes = ()) -> None:
        """Sends the reply, and keeps it for duplicates of the request."""
        octets = radius.encode_reply(code, request.packet, attributes, request.controller.secret)
        self._duplicates.complete(request, octets)
        self._send(octets, request.source)

    def discard(self, request: Request, reason: str) -> None:
        """Counts the request as discarded and sends no reply, so that the controller sends it again."""
        self._duplicates.abandon(request)
        self._validation.count_discarded(request.controller.controller_id, reason)

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
        if len(self._tasks) >= MAXIMUM_AUTHENTICATIONS:
            return self.discard(request, "overload")
        task = asyncio.create_task(self._authenticate(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
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
    """Collects requests while a transaction runs; the next one takes up to 1,000. A reply follows the commit."""

    def __init__(self, validation: RequestValidation, deps: Dependencies) -> None:
        super().__init__(validation, Code.ACCOUNTING_REQUEST)
        self._deps = deps
        self._waiting: list[Request] = []
        self._came = asyncio.Event()

    def process(self, request: Request) -> None:
        if len(self._waiting) >= MAXIMUM_WAITING:
            return self.discard(request, "overload")
        self._waiting.append(request)
        self._came.set()
        return None

    async def run(self) -> None:
        while True:
            await self._came.wait()
            batch, self._waiting = self._waiting[:MAXIMUM_BATCH], self._waiting[MAXIMUM_BATCH:]
            if not self._waiting:
                self._came.clear()
            with tracer.start_as_current_span("radius accounting-request", kind=SpanKind.SERVER):
                await self._commit(batch)

    async def _commit(self, batch: Sequence[Request]) -> None:
        """Records in order of arrival: sessions in one transaction, each Accounting-On and -Off in its own."""
        run: list[tuple[Request, AccountingRequest]] = []
        for request in batch:
            status = request.packet.integer(Attribute.ACCT_STATUS_TYPE)
            if status in (radius_attributes.ACCOUNTING_ON, radius_attributes.ACCOUNTING_OFF):
                await self._record(run)
                run = []
                await self._record_on_off(request, on=status == radius_attributes.ACCOUNTING_ON)
            elif (accounting := radius_attributes.to_accounting_request(request)) is not None:
                run.append((request, accounting))
            else:
                self.discard(request, "incomplete")
        await self._record(run)

    async def _record(self, run: Sequence[tuple[Request, AccountingRequest]]) -> None:
        if not run:
            return
        try:
            refusals = await record_accounting(
                self._deps, RecordAccounting(requests=tuple(accounting for _, accounting in run))
            )
        except Unavailable as error:
            log.warning("accounting.not_stored", packets=len(run), error=type(error).__name__)
            for request, _ in run:
                self.discard(request, "not-stored")
        except Exception:  # noqa: BLE001 - found out request by request
            await self._record_singly(run)
        else:
            for (request, _), refusal in zip(run, refusals, strict=True):
                if refusal:
                    self.discard(request, refusal)
                else:
                    self.reply(request, Code.ACCOUNTING_RESPONSE)

    async def _record_singly(self, run: Sequence[tuple[Request, AccountingRequest]]) -> None:
        """Records one request at a time, so that one that cannot be stored does not hold up the others."""
        if len(run) > 1:
            for entry in run:
                await self._record([entry])
        else:
            request, _ = run[0]
            log.exception("accounting.failed", controller_id=request.controller.controller_id)
            self.discard(request, "not-stored")

    async def _record_on_off(self, request: Request, *, on: bool) -> None:
        controller_id = request.controller.controller_id
        command = RecordAccountingOnOff(controller_id, on, radius_attributes.occurred_at(request.packet))
        try:
            await record_accounting_on_off(self._deps, command)
        except Exception:  # noqa: BLE001 - whatever it was: no reply, the controller sends the request again
            log.exception("accounting.failed", controller_id=controller_id)
            self.discard(request, "not-stored")
        else:
            self.reply(request, Code.ACCOUNTING_RESPONSE)


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

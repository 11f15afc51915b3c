"""The RADIUS server: two UDP sockets, and one transaction for all the accounting that waits."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import cast

from opentelemetry.trace import SpanKind
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import mark, tracer
from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.login import LoginRefused
from pingshan_wifi_portal.domain.radius import Attribute, Code
from pingshan_wifi_portal.domain.session import Report
from pingshan_wifi_portal.entrypoints import radius_packets
from pingshan_wifi_portal.entrypoints.radius_gate import Address, Gate, Heard, Replies
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.usecases.authorise_login import authorise_login
from pingshan_wifi_portal.usecases.count_drops import count_drops
from pingshan_wifi_portal.usecases.list_controllers import list_controllers
from pingshan_wifi_portal.usecases.note_controller_power import note_controller_power
from pingshan_wifi_portal.usecases.note_message_authenticator import note_message_authenticator
from pingshan_wifi_portal.usecases.record_accounting import record_accounting

BATCH = 1000
WAITING = 100_000
LOGINS = 256
REFRESH_SECONDS = 5.0
RECEIVE_BUFFER = 16 * 1024 * 1024


def _actor(controller_id: str) -> Actor:
    return Actor(kind=ActorKind.CLIENT, client_id=controller_id)


class _Server(asyncio.DatagramProtocol):
    """Drops what the gate refuses, answers retransmissions, hands on the rest."""

    def __init__(self, gate: Gate, code: Code) -> None:
        self.gate = gate
        self._code = code
        self._replies = Replies()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        heard = self.gate.hear(data, address, self._code)
        if heard is None:
            return
        begun = self._replies.begin(heard)
        if begun is True:
            self.take(heard)
        elif begun and self._transport is not None:
            self._transport.sendto(begun, address)

    def take(self, heard: Heard) -> None:
        raise NotImplementedError

    def answer(self, heard: Heard, code: Code, attributes: radius.Attributes = ()) -> None:
        reply = radius.encode_reply(code, heard.packet, attributes, heard.controller.secret)
        self._replies.end(heard, reply)
        if self._transport is not None:
            self._transport.sendto(reply, heard.address)

    def forget(self, heard: Heard, reason: str) -> None:
        self._replies.end(heard, None)
        self.gate.drop(heard.controller.controller_id, reason)


class LoginServer(_Server):
    """Access-Request → Access-Accept or Access-Reject."""

    def __init__(self, gate: Gate, database: Database, personal: PersonalData) -> None:
        super().__init__(gate, Code.ACCESS_REQUEST)
        self._database = database
        self._personal = personal
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, heard: Heard) -> None:
        if len(self._tasks) >= LOGINS:
            return self.forget(heard, "overload")
        task = asyncio.create_task(self._answer(heard))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    async def _answer(self, heard: Heard) -> None:
        actor = _actor(heard.controller.controller_id)
        with tracer.start_as_current_span("radius access-request", kind=SpanKind.SERVER):
            mark(controller_id=heard.controller.controller_id)
            try:
                grant = await authorise_login(
                    actor, self._database, self._personal, login=radius_packets.to_login(heard)
                )
            except LoginRefused as refusal:
                log.info("login.refused", controller_id=heard.controller.controller_id, **refusal.params)
                self.answer(heard, Code.ACCESS_REJECT)
            except Exception:  # noqa: BLE001 - whatever it was: no answer, the controller asks again
                log.exception("login.failed", controller_id=heard.controller.controller_id)
                self.forget(heard, "not-stored")
            else:
                self.answer(heard, Code.ACCESS_ACCEPT, radius_packets.accept_attributes(heard.controller, grant))


class AccountingServer(_Server):
    """Collects while a transaction runs; the next one takes all that came. The reply follows the commit."""

    def __init__(self, gate: Gate, database: Database) -> None:
        super().__init__(gate, Code.ACCOUNTING_REQUEST)
        self._database = database
        self._waiting: list[Heard] = []
        self._came = asyncio.Event()

    def take(self, heard: Heard) -> None:
        if len(self._waiting) >= WAITING:
            return self.forget(heard, "overload")
        self._waiting.append(heard)
        self._came.set()
        return None

    async def run(self) -> None:
        while True:
            await self._came.wait()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._came.clear()
            with tracer.start_as_current_span("radius accounting-request", kind=SpanKind.SERVER):
                await self._commit(batch)

    async def _commit(self, batch: Sequence[Heard]) -> None:
        """Sessions' reports in one transaction; a controller's start or stop in its own, in the order they came."""
        run: list[tuple[Heard, Report]] = []
        for heard in batch:
            status = heard.packet.number(Attribute.ACCT_STATUS_TYPE)
            if status in (radius_packets.ACCOUNTING_ON, radius_packets.ACCOUNTING_OFF):
                await self._record(run)
                run = []
                await self._power(heard, on=status == radius_packets.ACCOUNTING_ON)
            elif (report := radius_packets.to_report(heard)) is not None:
                run.append((heard, report))
            else:
                self.forget(heard, "incomplete")
        await self._record(run)

    async def _record(self, run: Sequence[tuple[Heard, Report]]) -> None:
        if not run:
            return
        actor = _actor(run[0][0].controller.controller_id)
        try:
            refusals = await record_accounting(actor, self._database, reports=[report for _, report in run])
        except Unavailable as error:
            log.warning("accounting.not_stored", packets=len(run), error=type(error).__name__)
            for heard, _ in run:
                self.forget(heard, "not-stored")
        except Exception:  # noqa: BLE001 - found out packet by packet
            await self._record_singly(run)
        else:
            for (heard, _), refusal in zip(run, refusals, strict=True):
                if refusal:
                    self.forget(heard, refusal)
                else:
                    self.answer(heard, Code.ACCOUNTING_RESPONSE)

    async def _record_singly(self, run: Sequence[tuple[Heard, Report]]) -> None:
        """One packet that cannot be stored must not hold up the others."""
        if len(run) > 1:
            for entry in run:
                await self._record([entry])
        else:
            log.exception("accounting.failed", controller_id=run[0][0].controller.controller_id)
            self.forget(run[0][0], "not-stored")

    async def _power(self, heard: Heard, *, on: bool) -> None:
        controller_id = heard.controller.controller_id
        moment = radius_packets.occurred_at(heard.packet)
        try:
            await note_controller_power(
                _actor(controller_id), self._database, controller_id=controller_id, on=on, occurred_at=moment
            )
        except Exception:  # noqa: BLE001 - whatever it was: no answer, the controller sends it again
            log.exception("accounting.failed", controller_id=controller_id)
            self.forget(heard, "not-stored")
        else:
            self.answer(heard, Code.ACCOUNTING_RESPONSE)


class Radius:
    """The component of the service process; it ends only with an exception."""

    def __init__(self, settings: Settings, database: Database, personal: PersonalData) -> None:
        self._settings = settings
        self._database = database
        self._personal = personal
        self._gate = Gate()
        self._actor = Actor(kind=ActorKind.SERVICE, service=settings.service)

    async def run(self) -> None:
        accounting = AccountingServer(self._gate, self._database)
        logins = LoginServer(self._gate, self._database, self._personal)
        await self._refresh()
        with (
            closing(await self._listen(logins, self._settings.radius_auth_port)),
            closing(await self._listen(accounting, self._settings.radius_acct_port)),
        ):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(accounting.run())
                tasks.create_task(_every(REFRESH_SECONDS, self._refresh))

    async def _listen(self, server: _Server, port: int) -> asyncio.DatagramTransport:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind((self._settings.radius_host, port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, sock=sock)
        return transport

    async def _refresh(self) -> None:
        """Learn the controllers anew, and write down what was dropped or first seen meanwhile."""
        drops, self._gate.drops = self._gate.drops, type(self._gate.drops)()
        if drops:
            await count_drops(self._actor, self._database, drops=drops)
        for controller_id in list(self._gate.first_authenticators):
            await note_message_authenticator(self._actor, self._database, controller_id=controller_id)
        self._gate.know(await list_controllers(self._actor, self._database, self._personal))


async def _every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Unavailable as error:
            log.warning("radius.refresh_failed", error=type(error).__name__)

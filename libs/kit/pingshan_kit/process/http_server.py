"""Uvicorn, run by the process, with limits of time for what a peer has to send and to take, and of its connections.

Own code: Uvicorn limits only the pause between two requests of a connection. A request whose head or body never ends
keeps its socket, and its task, for ever; so does an answer that nobody reads, which is kept with it.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette

from pingshan_kit.http.peers import Peers
from pingshan_kit.logging import log
from pingshan_kit.process.strict_protocol import Part, StrictProtocol
from pingshan_kit.settings import ServiceSettings

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a later request on it, to the end of the request's head."""
BODY_SECONDS = 60.0
"""From the end of the head to the end of the body: 8 MB, the largest body, at 1.1 Mbit/s."""
WRITE_SECONDS = 60.0
"""Within which a peer takes what was written to it: the same rate. Answers are made whole and streams write little, so
that a peer that reads has a moment in which nothing waits for it."""
_LOOK_SECONDS = 1.0
_SEND_BUFFER = 262_144
"""Octets that the kernel keeps for a peer that does not read; by itself it would let them grow to several MB."""
_LISTENERS = 64
"""Of the one port: libuv takes one connection of each in a round of the loop. A round of a process that some keep busy
takes long, and whoever else comes would wait for as many rounds as connections wait before theirs."""
MOST_UNFINISHED = 512
"""Requests that may be unfinished at the same time; where there are more, the oldest one gives way."""

_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_CROWDED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 5\r\nconnection: close\r\n\r\n"

_NO_LINGER = struct.pack("ii", 1, 0)

Unfinished = dict["TimedProtocol", None]
"""Connections whose peer has something to send, the longest waiting first."""


class TimedProtocol(StrictProtocol):
    """Closes a connection whose peer does not finish its request in time, with 408 where there was no answer yet, or
    does not take the answer; and one that is too many of its peer's, with 503."""

    def __init__(self, *arguments: Any, unfinished: Unfinished, peers: "Peers[TimedProtocol]", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unfinished = unfinished
        self._peers = peers
        self._reading = ""
        self._limit: asyncio.TimerHandle | None = None
        self._untaken_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._peers.admit(self, self._address):
            self._read("head")
        else:
            log.info("connection.refused")
            transport.write(_CROWDED)
            transport.close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._read("")
        self._peers.leave(self, self._address)
        super().connection_lost(exc)

    def _look(self) -> None:
        """Starts, or stops, the clock of what the peer is sending; a next head has time until its turn comes."""
        reading = "body" if self.part is Part.BODY else "head" if self.part is Part.HEAD and not self.unanswered else ""
        if self.transport.is_closing():
            reading = ""
        if reading != self._reading:
            self._read(reading)

    def _read(self, part: str) -> None:
        """Starts the clock for `head` or `body` of a request; stops it where the part is empty."""
        self._reading = part
        self._unfinished.pop(self, None)
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if part:
            if len(self._unfinished) >= MOST_UNFINISHED:
                next(iter(self._unfinished)).give_up()
            self._unfinished[self] = None
            self._set_limit()

    def _set_limit(self) -> None:
        self._limit = self.loop.call_later(HEAD_SECONDS if self._reading == "head" else BODY_SECONDS, self._late)

    def _late(self) -> None:
        if self.flow.read_paused:  # we do not read: it is not the peer that is late
            self._set_limit()
        else:
            self.give_up()

    def give_up(self) -> None:
        """Closes the connection; with 408 (RFC 9110 section 15.5.9) where a request began and has no answer yet."""
        log.info("request.unfinished", reading=self._reading)
        if self._reading == "body":
            answerable = len(self.unanswered) == 1 and not self.cycle.response_started
        else:
            answerable = self.unread > 0
        if answerable:
            self.transport.write(_TIMED_OUT)
        self._read("")
        self.transport.close()

    @property
    def waits_for_peer(self) -> bool:
        """Returns whether the peer has to send, or may send, and has taken all that was answered."""
        if self.transport.get_write_buffer_size():
            return False
        return bool(self._reading) or not self.unanswered

    def make_room(self) -> None:
        """Closes the connection for another one of the same peer."""
        if self._reading:
            self.give_up()
        else:
            self.transport.close()

    def cut_off_untaken(self, now: float) -> None:
        """Ends the connection, with all that waits in it, where what was written has not been taken in time."""
        if not self.transport.get_write_buffer_size():
            self._untaken_since = None
        elif self._untaken_since is None:
            self._untaken_since = now
        elif now - self._untaken_since >= WRITE_SECONDS:
            log.info("answer.untaken")
            # Else the kernel would keep what it has for a peer that still does not read (SO_LINGER, socket(7)).
            kept: socket.socket = self.transport.get_extra_info("socket")
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.transport.abort()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""


class HttpServer(uvicorn.Server):
    """Runs Uvicorn without its own signal handlers: the process decides when it stops."""

    def __init__(self, application: Starlette, settings: ServiceSettings) -> None:
        unfinished: Unfinished = {}
        peers = Peers[TimedProtocol](settings.trusted_proxies)
        super().__init__(
            uvicorn.Config(
                application,
                host=settings.http_host,
                port=settings.http_port,
                http=cast("type[asyncio.Protocol]", partial(TimedProtocol, unfinished=unfinished, peers=peers)),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # `ClientAddress` believes the proxies of the setting, and nobody on loopback
                timeout_graceful_shutdown=settings.shutdown_grace,
            )
        )

    async def run_here(self) -> None:
        """Serves until `stop`. Raises OSError where the port is taken."""
        address = (self.config.host, self.config.port)
        with socket.create_server(address, backlog=self.config.backlog) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            # Where the process has written all, only the kernel still holds it, and the peer is gone or does not read.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(2 * WRITE_SECONDS * 1000))
            looking = asyncio.create_task(self._look())
            try:
                await self.serve([listener, *(listener.dup() for _ in range(_LISTENERS - 1))])
            finally:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for connection in list(self.server_state.connections):
                cast("TimedProtocol", connection).cut_off_untaken(loop.time())

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def stop(self) -> None:
        """Takes no new connections; open requests get `shutdown_grace` seconds."""
        self.should_exit = True

"""Peers that ask for something and never read what they are told."""

import asyncio
import select
import socket
from collections.abc import Sequence
from contextlib import suppress

NEIGHBOUR = "127.0.0.2"
"""An address of the loopback network that is not the one from which tests call."""


class NeverReading:
    """Raw sockets of one peer, with the smallest buffers that the system gives; nothing reads them."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._sockets = sockets

    @property
    def open(self) -> int:
        """How many the other side has neither closed nor reset."""
        poll = select.poll()
        for each in self._sockets:
            poll.register(each, select.POLLRDHUP)
        return len(self._sockets) - len(poll.poll(0))

    async def were_closed(self, seconds: float) -> bool:
        """Whether each, read at last, comes to its end within this time: what was sent before stood in its way."""
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._read(each) for each in self._sockets))
        except TimeoutError:
            return False
        return True

    async def _read(self, one: socket.socket) -> None:
        with suppress(ConnectionError):
            while await asyncio.get_running_loop().sock_recv(one, 65_536):
                pass

    def close(self) -> None:
        for each in self._sockets:
            each.close()


async def never_reading(port: int, count: int, request: bytes, *, host: str = NEIGHBOUR) -> NeverReading:
    sockets = []
    loop = asyncio.get_running_loop()
    for _ in range(count):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        one.bind((host, 0))
        one.setblocking(False)
        await loop.sock_connect(one, ("127.0.0.1", port))
        await loop.sock_sendall(one, request)
        sockets.append(one)
    return NeverReading(sockets)

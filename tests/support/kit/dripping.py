"""Peers that never finish what they began to send."""

import asyncio
import time
from collections.abc import Sequence


class Dripping:
    """A peer that sends a byte every half second, until the server has closed the connection; silent without one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.received = b""

    async def drip(self, seconds: float, drop: bytes = b"x") -> bool:
        """Returns whether the server closed within this time."""
        closing = asyncio.create_task(self._closed())
        end = time.monotonic() + seconds
        while not closing.done() and time.monotonic() < end:
            self._writer.write(drop)
            await asyncio.wait([closing], timeout=0.5)
        self._writer.close()
        return closing.done() and await closing

    async def _closed(self) -> bool:
        try:
            while data := await self._reader.read(4096):
                self.received += data
        except ConnectionError:
            pass
        return True


async def opened(port: int, count: int, first: bytes, *, host: str = "127.0.0.1") -> list[Dripping]:
    """Connections from the address `host`, each with these first octets sent."""
    peers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
        writer.write(first)
        peers.append(Dripping(reader, writer))
    return peers


async def all_closed(peers: Sequence[Dripping], *, seconds: float, drop: bytes = b"x") -> bool:
    return all(await asyncio.gather(*(peer.drip(seconds, drop) for peer in peers)))

"""HTTP/1.1 by hand: a client library would refuse, repair or encode what a hostile caller sends."""

import asyncio
from dataclasses import dataclass, field

SECONDS = 20.0


@dataclass(frozen=True)
class Sent:
    method: str
    target: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""

    def octets(self) -> bytes:
        lines = [f"{self.method} ".encode() + self.target + b" HTTP/1.1"]
        lines += [name.encode() + b": " + value for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}".encode(), b"", b""]
        return b"\r\n".join(lines) + self.body

    def __str__(self) -> str:
        shown = {name: value[:90] for name, value in self.headers if name not in {"Host", "Cookie", "Authorization"}}
        return f"{self.method} {self.target[:300]!r} {shown} {self.body[:400]!r}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def is_a(self, media_type: str) -> bool:
        return self.headers.get("content-type", "").startswith(media_type)


@dataclass
class Wire:
    """One connection that is kept, and opened again where the server closed it."""

    port: int
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = field(default=None, repr=False)

    async def send(self, sent: Sent) -> Answer:
        """Returns the answer; of an event stream its head. Raises ConnectionError where the server gives none."""
        async with asyncio.timeout(SECONDS):
            fresh = self._writer is None
            try:
                return await self._exchange(sent)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if fresh:
                    raise
                return await self._exchange(sent)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _exchange(self, sent: Sent) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1_048_576)
        self._writer.write(sent.octets())
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        endless = headers.get("content-type", "").startswith("text/event-stream")
        body = b"" if endless else await self._body(sent, status, headers)
        if endless or headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, body)

    async def _body(self, sent: Sent, status: int, headers: dict[str, str]) -> bytes:
        assert self._reader is not None
        if sent.method == "HEAD" or status in {204, 304}:
            return b""
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.read()
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body

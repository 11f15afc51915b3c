"""The RADIUS side of one simulated access controller: requests from its own address, and its CoA socket.

Packets are pyrad's: an implementation independent of the server that they are sent to.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any

from pyrad import packet as radius

ATTEMPTS = 3
ATTEMPT_SECONDS = 2.0
Attributes = Mapping[int, bytes | list[bytes]]


class NoAnswer(Exception):
    """The RADIUS server did not answer: it is away, or does not know this controller."""


def number(value: int) -> bytes:
    return value.to_bytes(4)


class RadiusClient:
    """Sends one controller's requests; identifier and authenticator stay the same over retransmissions."""

    def __init__(self, address: str, secret: str, *, auth_port: int, acct_port: int) -> None:
        self._address = address
        self._secret = secret.encode()
        self._auth_port = auth_port
        self._acct_port = acct_port

    async def login(
        self,
        attributes: Attributes,
        *,
        password: str | None,
        chap: tuple[bytes, bytes] | None,
        lose_first: bool = False,
    ) -> radius.Packet:
        """Sends an Access-Request with PAP or CHAP (response, challenge) and returns the reply. Raises NoAnswer.

        With `lose_first` the first answer is lost on the way.
        """
        request = radius.AuthPacket(secret=self._secret, message_authenticator=True)
        _fill(request, attributes)
        if chap:
            request[3], request[60] = [b"\0" + chap[0]], [chap[1]]
        elif password is not None:
            request[2] = [request.PwCrypt(password)]
        return await self._exchange(request, self._auth_port, lose_first=lose_first)

    async def account(self, attributes: Attributes, *, lose_first: bool = False) -> radius.Packet:
        request = radius.AcctPacket(secret=self._secret, message_authenticator=True)
        _fill(request, attributes)
        return await self._exchange(request, self._acct_port, lose_first=lose_first)

    async def _exchange(self, request: Any, port: int, *, lose_first: bool) -> radius.Packet:
        octets = request.RequestPacket()
        loop = asyncio.get_running_loop()
        transport, answers = await loop.create_datagram_endpoint(
            _Answers, local_addr=(self._address, 0), remote_addr=("127.0.0.1", port)
        )
        try:
            for attempt in range(ATTEMPTS):
                transport.sendto(octets)
                reply = await answers.next(ATTEMPT_SECONDS)
                if reply is None or (lose_first and attempt == 0):
                    continue
                packet = request.CreateReply(packet=reply)
                if request.VerifyReply(packet, reply):
                    return packet
        finally:
            transport.close()
        raise NoAnswer


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        del addr
        self._queue.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Passes over an error: the server is away, and the next attempt may find it."""
        del exc

    async def next(self, seconds: float) -> bytes | None:
        try:
            async with asyncio.timeout(seconds):
                return await self._queue.get()
        except TimeoutError:
            return None


class CoaListener(asyncio.DatagramProtocol):
    """Answers one controller's CoA- and Disconnect-Requests (RFC 5176); drops those with a wrong authenticator."""

    def __init__(self, secret: str, decide: Callable[[radius.CoAPacket], int | None]) -> None:
        """Takes `decide`, which returns 0 for an ACK, an Error-Cause for a NAK, None for no answer."""
        self._secret = secret.encode()
        self._decide = decide
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            request = radius.CoAPacket(secret=self._secret, packet=data)
            valid = request.VerifyCoARequest() and request.verify_message_authenticator()
        except (radius.PacketError, ValueError, KeyError):
            return
        if not valid:
            return
        cause = self._decide(request)
        if cause is None or self._transport is None:
            return
        reply = request.CreateReply()
        reply.code = request.code + (2 if cause else 1)
        if cause:
            reply[101] = [number(cause)]
        reply.add_message_authenticator()
        self._transport.sendto(reply.ReplyPacket(), addr)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def listen(address: str, port: int, listener: CoaListener) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: listener, sock=sock)


def _fill(request: Any, attributes: Attributes) -> None:
    for code, value in attributes.items():
        request[code] = value if isinstance(value, list) else [value]


def new_session_id() -> str:
    """Returns a random Acct-Session-Id, so that none is used twice, also after a restart."""
    return secrets.token_hex(8)

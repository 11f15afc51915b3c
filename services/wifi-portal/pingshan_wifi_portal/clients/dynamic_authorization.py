"""Changes live sessions at their controllers: CoA-Request and Disconnect-Request (RFC 5176)."""

import asyncio
import secrets
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from pingshan_kit.telemetry import tracer

from pingshan_wifi_portal.domain import radius, vendors
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.quota import Policy
from pingshan_wifi_portal.domain.radius import Attribute, Code, MalformedPacket, Packet
from pingshan_wifi_portal.domain.session import Session, to_class

ATTEMPTS = 3
ATTEMPT_SECONDS = 1.0
SESSION_CONTEXT_NOT_FOUND = 503
"""Error-Cause (RFC 5176 section 3.6)."""
_ACK, _NAK = 1, 2
"""Distance of a reply's code from that of its request (RFC 5176 section 2.3)."""


class Reply(Enum):
    """Says how a controller replied to a CoA- or Disconnect-Request."""

    ACK = "ack"
    NAK = "nak"
    SESSION_CONTEXT_NOT_FOUND = "session-context-not-found"
    """A NAK with this Error-Cause: the controller does not know the session."""


class NoReply(Exception):
    """Reports that no valid reply came in time."""


@dataclass(frozen=True, slots=True)
class DynamicAuthorizationClient:
    """Acts as the Dynamic Authorization Client of RFC 5176 section 1.3; the controllers are the servers."""

    coa_port: int

    async def change_authorization(self, controller: Controller, session: Session, policy: Policy) -> Reply:
        """Sends the whole policy in a CoA-Request, up to 3 times, 1 second apart. Raises NoReply."""
        attributes = [
            *_identification(controller, session),
            (Attribute.CLASS, to_class(session.session_id, policy.version)),
            *vendors.policy_attributes(controller.vendor, policy),
        ]
        return await self._exchange(controller, Code.COA_REQUEST, attributes)

    async def disconnect(self, controller: Controller, session: Session) -> Reply:
        """Sends a Disconnect-Request, up to 3 times, 1 second apart. Raises NoReply."""
        return await self._exchange(controller, Code.DISCONNECT_REQUEST, _identification(controller, session))

    async def _exchange(self, controller: Controller, code: Code, attributes: Sequence[tuple[int, bytes]]) -> Reply:
        identifier = secrets.randbelow(256)
        request = radius.encode_request(code, identifier, attributes, controller.secret)
        with tracer.start_as_current_span(f"radius {code.name.lower().replace('_', '-')}"):
            loop = asyncio.get_running_loop()
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: _ReplyProtocol(controller, request), remote_addr=(controller.address, self.coa_port)
            )
            try:
                return await _until_reply(transport, protocol, request)
            finally:
                transport.close()


async def _until_reply(transport: asyncio.DatagramTransport, protocol: "_ReplyProtocol", request: bytes) -> Reply:
    """Sends the same octets at each attempt, by which the controller knows a retransmission. Raises NoReply."""
    for _ in range(ATTEMPTS):
        transport.sendto(request)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await asyncio.shield(protocol.reply)
        except TimeoutError:
            continue
    raise NoReply


class _ReplyProtocol(asyncio.DatagramProtocol):
    """Takes the first reply with the right identifier and authenticators, and silently discards other datagrams."""

    def __init__(self, controller: Controller, request: bytes) -> None:
        self._controller = controller
        self._request = radius.decode(request)
        self.reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _address: tuple[str, int]) -> None:
        reply = self._read(data)
        if reply is not None and not self.reply.done():
            self.reply.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        """Ignores that nobody listens at the moment, as somebody may at the next attempt."""
        del exc

    def _read(self, data: bytes) -> Reply | None:
        try:
            packet = radius.decode(data)
        except MalformedPacket:
            return None
        distance = packet.code - self._request.code
        if not self._is_reply(packet) or distance not in (_ACK, _NAK):
            return None
        if distance == _ACK:
            return Reply.ACK
        unknown = packet.integer(Attribute.ERROR_CAUSE) == SESSION_CONTEXT_NOT_FOUND
        return Reply.SESSION_CONTEXT_NOT_FOUND if unknown else Reply.NAK

    def _is_reply(self, packet: Packet) -> bool:
        secret, authenticator = self._controller.secret, self._request.authenticator
        if packet.identifier != self._request.identifier:
            return False
        if not radius.response_authenticator_valid(packet, secret, authenticator):
            return False
        absent = not radius.has_message_authenticator(packet)
        return absent or radius.message_authenticator_valid(packet, secret, authenticator)


def _identification(controller: Controller, session: Session) -> list[tuple[int, bytes]]:
    """Returns NAS and session identification (RFC 5176 section 3), and Event-Timestamp against replay (section 6.3)."""
    return [
        (Attribute.NAS_IDENTIFIER, controller.nas_identifier.encode()),
        (Attribute.ACCT_SESSION_ID, session.acct_session_id.encode()),
        (Attribute.CALLING_STATION_ID, session.device_mac.replace(":", "-").encode()),
        (Attribute.EVENT_TIMESTAMP, struct.pack("!I", int(time.time()))),
    ]

"""Changes of a live session at its controller: CoA-Request and Disconnect-Request (RFC 5176)."""

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
NO_SUCH_SESSION = 503
"""Error-Cause Session-Context-Not-Found (RFC 5176 section 3.6)."""
_ACK, _NAK = 1, 2
"""How far the code of an answer is from that of its request (RFC 5176 section 2.3)."""


class Answer(Enum):
    DONE = "done"
    NO_SUCH_SESSION = "no-such-session"
    REFUSED = "refused"


class NoAnswer(Exception):
    """The controller did not answer, or not with what only it can know."""


@dataclass(frozen=True, slots=True)
class ControllerControl:
    coa_port: int

    async def change(self, controller: Controller, session: Session, policy: Policy) -> Answer:
        """Send the whole policy. Raises NoAnswer."""
        attributes = [
            *_identify(controller, session),
            (Attribute.CLASS, to_class(session.session_id, policy.version)),
            *vendors.policy_attributes(controller.vendor, policy),
        ]
        return await self._ask(controller, Code.COA_REQUEST, attributes)

    async def disconnect(self, controller: Controller, session: Session) -> Answer:
        """Raises NoAnswer."""
        return await self._ask(controller, Code.DISCONNECT_REQUEST, _identify(controller, session))

    async def _ask(self, controller: Controller, code: Code, attributes: Sequence[tuple[int, bytes]]) -> Answer:
        identifier = secrets.randbelow(256)
        request = radius.encode_request(code, identifier, attributes, controller.secret)
        with tracer.start_as_current_span(f"radius {code.name.lower().replace('_', '-')}"):
            loop = asyncio.get_running_loop()
            transport, peer = await loop.create_datagram_endpoint(
                lambda: _Peer(controller, request), remote_addr=(controller.address, self.coa_port)
            )
            try:
                return await _until_answered(transport, peer, request)
            finally:
                transport.close()


async def _until_answered(transport: asyncio.DatagramTransport, peer: "_Peer", request: bytes) -> Answer:
    """The same octets each time: the controller knows a retransmission by them."""
    for _ in range(ATTEMPTS):
        transport.sendto(request)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await asyncio.shield(peer.answer)
        except TimeoutError:
            continue
    raise NoAnswer


class _Peer(asyncio.DatagramProtocol):
    """Takes the first reply with the right identifier and authenticators; other datagrams are not heard."""

    def __init__(self, controller: Controller, request: bytes) -> None:
        self._controller = controller
        self._request = radius.decode(request)
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _address: tuple[str, int]) -> None:
        answer = self._read(data)
        if answer is not None and not self.answer.done():
            self.answer.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there right now; the next attempt may find somebody."""
        del exc

    def _read(self, data: bytes) -> Answer | None:
        try:
            packet = radius.decode(data)
        except MalformedPacket:
            return None
        kind = packet.code - self._request.code
        if not self._is_reply(packet) or kind not in (_ACK, _NAK):
            return None
        if kind == _ACK:
            return Answer.DONE
        gone = packet.number(Attribute.ERROR_CAUSE) == NO_SUCH_SESSION
        return Answer.NO_SUCH_SESSION if gone else Answer.REFUSED

    def _is_reply(self, packet: Packet) -> bool:
        secret, authenticator = self._controller.secret, self._request.authenticator
        if packet.identifier != self._request.identifier:
            return False
        if not radius.response_authenticator_valid(packet, secret, authenticator):
            return False
        absent = not radius.has_message_authenticator(packet)
        return absent or radius.message_authenticator_valid(packet, secret, authenticator)


def _identify(controller: Controller, session: Session) -> list[tuple[int, bytes]]:
    """Controller, session and device (RFC 5176 section 3), and when it was asked, against replay."""
    return [
        (Attribute.NAS_IDENTIFIER, controller.nas_identifier.encode()),
        (Attribute.ACCT_SESSION_ID, session.acct_session_id.encode()),
        (Attribute.CALLING_STATION_ID, session.device_mac.replace(":", "-").encode()),
        (Attribute.EVENT_TIMESTAMP, struct.pack("!I", int(time.time()))),
    ]

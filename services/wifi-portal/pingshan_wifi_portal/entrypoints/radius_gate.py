"""Which packets are heard at all: known address, whole packet, right name, right authenticators.

Everything else is dropped without an answer and counted (RFC 2865 section 3).
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.radius import Attribute, Code, MalformedPacket, Packet

Address = tuple[str, int]
REPLY_SECONDS = 30
"""As long as a controller may still retransmit (RFC 5080 section 2.2.2)."""


class Heard(NamedTuple):
    controller: Controller
    packet: Packet
    address: Address

    @property
    def key(self) -> tuple[Address, int, int, bytes]:
        """The same for a retransmission only."""
        return self.address, self.packet.code, self.packet.identifier, self.packet.authenticator


class Gate:
    def __init__(self) -> None:
        self.controllers: dict[str, Controller] = {}
        self.drops: Counter[tuple[str, str]] = Counter()
        self.first_authenticators: set[str] = set()
        """Controllers of `auto` that have just sent their first Message-Authenticator."""

    def know(self, controllers: Iterable[Controller]) -> None:
        self.controllers = {controller.address: controller for controller in controllers}

    def hear(self, data: bytes, address: Address, code: Code) -> Heard | None:
        controller = self.controllers.get(address[0])
        if controller is None:
            self.drop("unknown", "unknown-address")
            return None
        try:
            packet = radius.decode(data)
        except MalformedPacket:
            self.drop(controller.controller_id, "malformed")
            return None
        if refusal := self._refusal(controller, packet, code):
            self.drop(controller.controller_id, refusal)
            return None
        return Heard(controller, packet, address)

    def drop(self, source: str, reason: str) -> None:
        self.drops[source, reason] += 1

    def _refusal(self, controller: Controller, packet: Packet, code: Code) -> str:
        if packet.code != code:
            return "wrong-code"
        if packet.first.get(Attribute.NAS_IDENTIFIER, b"") != controller.nas_identifier.encode():
            return "wrong-identifier"
        if code == Code.ACCOUNTING_REQUEST and not radius.request_authenticator_valid(packet, controller.secret):
            return "wrong-authenticator"
        return self._message_authenticator_refusal(controller, packet, code)

    def _message_authenticator_refusal(self, controller: Controller, packet: Packet, code: Code) -> str:
        if radius.has_message_authenticator(packet):
            if not radius.message_authenticator_valid(packet, controller.secret):
                return "wrong-message-authenticator"
            if code == Code.ACCESS_REQUEST and not controller.require_message_authenticator:
                self.first_authenticators.add(controller.controller_id)
            return ""
        demanded = controller.require_message_authenticator or controller.controller_id in self.first_authenticators
        return "missing-message-authenticator" if code == Code.ACCESS_REQUEST and demanded else ""


class Replies:
    """Answers a retransmission with the very same octets; knows what is still being worked on."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[Address, int, int, bytes], tuple[float, bytes]] = OrderedDict()
        self._working: set[tuple[Address, int, int, bytes]] = set()

    def begin(self, heard: Heard) -> bytes | bool:
        """The earlier reply; True where the packet is new; False where it is being worked on."""
        known = self._sent.get(heard.key)
        if known is not None:
            return known[1]
        if heard.key in self._working:
            return False
        self._working.add(heard.key)
        return True

    def end(self, heard: Heard, reply: bytes | None) -> None:
        """None: nothing was done, a retransmission may try again."""
        self._working.discard(heard.key)
        if reply is not None:
            now = monotonic()
            self._sent[heard.key] = (now, reply)
            while self._sent and next(iter(self._sent.values()))[0] < now - REPLY_SECONDS:
                self._sent.popitem(last=False)

"""Validates requests: known source address, well-formed packet, right NAS-Identifier, right authenticators.

Every other packet is silently discarded and counted (RFC 2865 section 3).
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.radius import Attribute, Code, MalformedPacket, Packet

Address = tuple[str, int]
RequestKey = tuple[Address, int, int, bytes]


class Request(NamedTuple):
    """Holds a valid request, the controller (NAS) that sent it, and the source address, to which its reply goes."""

    controller: Controller
    packet: Packet
    source: Address

    @property
    def key(self) -> RequestKey:
        """Returns source, Code, Identifier and Authenticator, the mark of a retransmission (RFC 5080 section 2.2.2)."""
        return self.source, self.packet.code, self.packet.identifier, self.packet.authenticator


class RequestValidation:
    """Accepts the requests of known controllers, and counts the packets that are discarded."""

    def __init__(self) -> None:
        self.controllers: dict[str, Controller] = {}
        """Controllers by IP address."""
        self.discarded: Counter[tuple[str, str]] = Counter()
        """Number of packets by controller id, or "unknown", and reason."""
        self.first_message_authenticators: set[str] = set()
        """Ids of controllers that have just sent their first Message-Authenticator, which is now required."""

    def set_controllers(self, controllers: Iterable[Controller]) -> None:
        """Replaces the controllers whose requests are accepted."""
        self.controllers = {controller.address: controller for controller in controllers}

    def validate(self, data: bytes, source: Address, code: Code) -> Request | None:
        """Returns the request, or counts the packet and returns None where it is to be silently discarded."""
        controller = self.controllers.get(source[0])
        if controller is None:
            self.count_discarded("unknown", "unknown-address")
            return None
        try:
            packet = radius.decode(data)
        except MalformedPacket:
            self.count_discarded(controller.controller_id, "malformed")
            return None
        if reason := self._invalid(controller, packet, code):
            self.count_discarded(controller.controller_id, reason)
            return None
        return Request(controller, packet, source)

    def count_discarded(self, controller_id: str, reason: str) -> None:
        """Counts one packet that gets no reply."""
        self.discarded[controller_id, reason] += 1

    def _invalid(self, controller: Controller, packet: Packet, code: Code) -> str:
        """Returns why the packet is invalid, an empty string where it is valid."""
        if packet.code != code:
            return "wrong-code"
        if packet.values.get(Attribute.NAS_IDENTIFIER, b"") != controller.nas_identifier.encode():
            return "wrong-identifier"
        if code == Code.ACCOUNTING_REQUEST and not radius.request_authenticator_valid(packet, controller.secret):
            return "wrong-authenticator"
        return self._message_authenticator_invalid(controller, packet, code)

    def _message_authenticator_invalid(self, controller: Controller, packet: Packet, code: Code) -> str:
        if radius.has_message_authenticator(packet):
            if not radius.message_authenticator_valid(packet, controller.secret):
                return "wrong-message-authenticator"
            if code == Code.ACCESS_REQUEST and not controller.require_message_authenticator:
                self.first_message_authenticators.add(controller.controller_id)
            return ""
        required = (
            controller.require_message_authenticator or controller.controller_id in self.first_message_authenticators
        )
        return "missing-message-authenticator" if code == Code.ACCESS_REQUEST and required else ""

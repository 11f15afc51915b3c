"""Reads and writes RADIUS packets, octets in and octets out, without sockets (RFC 2865, 2866, 2869, 5176)."""

import hashlib
import hmac
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from secrets import token_bytes

from pingshan_values.errors import DomainError

HEADER_LENGTH = 20
MAXIMUM_LENGTH = 4096
MAXIMUM_ATTRIBUTES = 200
ZERO_OCTETS = bytes(16)

Attributes = Sequence[tuple[int, bytes]]


class MalformedPacket(DomainError):
    """Reports octets that are no RADIUS packet; they are silently discarded (RFC 2865 section 3)."""


class Code(IntEnum):
    """Names packet codes (RFC 2865 section 4, RFC 2866 section 4, RFC 5176 section 2)."""

    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    ACCOUNTING_REQUEST = 4
    ACCOUNTING_RESPONSE = 5
    DISCONNECT_REQUEST = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42
    COA_REQUEST = 43
    COA_ACK = 44
    COA_NAK = 45


class Attribute(IntEnum):
    """Names attribute types (RFC 2865 section 5, RFC 2866 section 5, RFC 2869 section 5, RFC 5176 section 3.5)."""

    USER_NAME = 1
    USER_PASSWORD = 2
    CHAP_PASSWORD = 3
    NAS_IP_ADDRESS = 4
    FRAMED_IP_ADDRESS = 8
    REPLY_MESSAGE = 18
    CLASS = 25
    VENDOR_SPECIFIC = 26
    SESSION_TIMEOUT = 27
    IDLE_TIMEOUT = 28
    CALLED_STATION_ID = 30
    CALLING_STATION_ID = 31
    NAS_IDENTIFIER = 32
    PROXY_STATE = 33
    ACCT_STATUS_TYPE = 40
    ACCT_DELAY_TIME = 41
    ACCT_INPUT_OCTETS = 42
    ACCT_OUTPUT_OCTETS = 43
    ACCT_SESSION_ID = 44
    ACCT_SESSION_TIME = 46
    ACCT_TERMINATE_CAUSE = 49
    ACCT_INPUT_GIGAWORDS = 52
    ACCT_OUTPUT_GIGAWORDS = 53
    EVENT_TIMESTAMP = 55
    CHAP_CHALLENGE = 60
    MESSAGE_AUTHENTICATOR = 80
    ACCT_INTERIM_INTERVAL = 85
    ERROR_CAUSE = 101


@dataclass(frozen=True, slots=True)
class Packet:
    """Holds a packet as it came (RFC 2865 section 3)."""

    code: int
    identifier: int
    authenticator: bytes
    attributes: tuple[tuple[int, bytes], ...]
    octets: bytes = field(repr=False)
    """Octets as received, without padding behind the Length."""
    values: dict[int, bytes] = field(repr=False, compare=False)
    """First value of each attribute type."""

    def text(self, attribute: int) -> str:
        """Returns an attribute of type text (RFC 2865 section 5); empty where absent, not UTF-8 or with a NUL."""
        try:
            text = self.values.get(attribute, b"").decode()
        except UnicodeDecodeError:
            return ""
        return "" if "\0" in text else text

    def integer(self, attribute: int) -> int:
        """Returns an attribute of type integer (RFC 2865 section 5); 0 where it is absent or not of 32 bits."""
        value = self.values.get(attribute, b"")
        return int.from_bytes(value) if len(value) == 4 else 0


def decode(data: bytes) -> Packet:
    """Returns the packet; octets behind its Length are padding and ignored (RFC 2865 section 3).

    Raises MalformedPacket where a length is wrong or there are more than 200 attributes.
    """
    if len(data) < HEADER_LENGTH:
        raise MalformedPacket(cause="shorter than a header")
    code, identifier, length = struct.unpack_from("!BBH", data)
    if not HEADER_LENGTH <= length <= MAXIMUM_LENGTH or length > len(data):
        raise MalformedPacket(cause="wrong length")
    attributes: list[tuple[int, bytes]] = []
    values: dict[int, bytes] = {}
    position = HEADER_LENGTH
    while position < length:
        end = position + (data[position + 1] if position + 1 < length else 0)
        if end < position + 2 or end > length or len(attributes) == MAXIMUM_ATTRIBUTES:
            raise MalformedPacket(cause="wrong attribute length, or too many attributes")
        value = data[position + 2 : end]
        attributes.append((data[position], value))
        values.setdefault(data[position], value)
        position = end
    return Packet(code, identifier, data[4:HEADER_LENGTH], tuple(attributes), data[:length], values)


def has_message_authenticator(packet: Packet) -> bool:
    return Attribute.MESSAGE_AUTHENTICATOR in packet.values


def message_authenticator_valid(packet: Packet, secret: bytes, request_authenticator: bytes | None = None) -> bool:
    """Returns True if there is exactly one Message-Authenticator and it is right (RFC 2869 section 5.14).

    For a reply, `request_authenticator` is that of its request.
    """
    position, found, expected = HEADER_LENGTH, 0, b""
    for attribute, value in packet.attributes:
        if attribute == Attribute.MESSAGE_AUTHENTICATOR:
            found += 1
            if len(value) != 16:
                return False
            before, after = packet.octets[HEADER_LENGTH : position + 2], packet.octets[position + 18 :]
            authenticator = _authenticator_for_hmac(packet.code, request_authenticator or packet.authenticator)
            expected = _hmac(secret, packet.octets[:4] + authenticator + before + ZERO_OCTETS + after)
        position += 2 + len(value)
    return found == 1 and hmac.compare_digest(expected, packet.values[Attribute.MESSAGE_AUTHENTICATOR])


def request_authenticator_valid(packet: Packet, secret: bytes) -> bool:
    """Returns True if the Request Authenticator is right.

    The rule is that of accounting (RFC 2866 section 3), CoA and Disconnect (RFC 5176 section 2.3).
    """
    expected = _md5(packet.octets[:4] + ZERO_OCTETS + packet.octets[HEADER_LENGTH:] + secret)
    return hmac.compare_digest(expected, packet.authenticator)


def response_authenticator_valid(packet: Packet, secret: bytes, request_authenticator: bytes) -> bool:
    """Returns True if the Response Authenticator is right (RFC 2865 section 3)."""
    expected = _md5(packet.octets[:4] + request_authenticator + packet.octets[HEADER_LENGTH:] + secret)
    return hmac.compare_digest(expected, packet.authenticator)


def encode_request(code: Code, identifier: int, attributes: Attributes, secret: bytes) -> bytes:
    """Returns a request's octets, Message-Authenticator first.

    Raises MalformedPacket for a value over 253 octets or a packet over 4096.
    """
    header, body = _header_and_body(code, identifier, attributes)
    if code == Code.ACCESS_REQUEST:
        authenticator = token_bytes(16)
        return header + authenticator + _with_message_authenticator(header + authenticator, body, secret)
    body = _with_message_authenticator(header + ZERO_OCTETS, body, secret)
    return header + _md5(header + ZERO_OCTETS + body + secret) + body


def encode_reply(code: Code, request: Packet, attributes: Attributes, secret: bytes) -> bytes:
    """Returns a reply's octets: Message-Authenticator first (against Blast-RADIUS), the request's Proxy-States last.

    Raises MalformedPacket for a value over 253 octets or a packet over 4096.
    """
    proxy_states = [entry for entry in request.attributes if entry[0] == Attribute.PROXY_STATE]
    header, body = _header_and_body(code, request.identifier, [*attributes, *proxy_states])
    body = _with_message_authenticator(header + _authenticator_for_hmac(code, request.authenticator), body, secret)
    return header + _md5(header + request.authenticator + body + secret) + body


def password_valid(packet: Packet, secret: bytes, password: bytes) -> bool:
    """Returns True if the packet proves the password by CHAP or by PAP."""
    return chap_password_valid(packet, password) or hmac.compare_digest(user_password(packet, secret), password)


def user_password(packet: Packet, secret: bytes) -> bytes:
    """Returns the User-Password unhidden, without padding (RFC 2865 section 5.2); empty where absent or malformed."""
    hidden = packet.values.get(Attribute.USER_PASSWORD, b"")
    if not hidden or len(hidden) % 16 or len(hidden) > 128:
        return b""
    clear, previous = bytearray(), packet.authenticator
    for start in range(0, len(hidden), 16):
        block = hidden[start : start + 16]
        clear += _xor(block, _md5(secret + previous))
        previous = block
    return bytes(clear).rstrip(b"\0")


def chap_password(identifier: int, password: bytes, challenge: bytes) -> bytes:
    """Returns a CHAP-Password: CHAP identifier, then MD5(identifier + password + challenge) (RFC 2865 section 5.3)."""
    chap_identifier = bytes([identifier])
    return chap_identifier + _md5(chap_identifier + password + challenge)


def chap_password_valid(packet: Packet, password: bytes) -> bool:
    """Returns True if the CHAP-Password fits CHAP-Challenge, or the Request Authenticator where that is absent."""
    given = packet.values.get(Attribute.CHAP_PASSWORD, b"")
    challenge = packet.values.get(Attribute.CHAP_CHALLENGE, packet.authenticator)
    return len(given) == 17 and hmac.compare_digest(given, chap_password(given[0], password, challenge))


def vendor_specific(vendor: int, attributes: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Returns one Vendor-Specific attribute for each vendor type and value (RFC 2865 section 5.26)."""
    vendor_id = struct.pack("!I", vendor)
    return [
        (Attribute.VENDOR_SPECIFIC, vendor_id + bytes([vendor_type, 2 + len(value)]) + value)
        for vendor_type, value in attributes
    ]


def integer(value: int) -> bytes:
    """Returns the value as type integer (RFC 2865 section 5); one over 32 bits becomes the largest."""
    return struct.pack("!I", min(value, 0xFFFFFFFF))


def _header_and_body(code: int, identifier: int, attributes: Attributes) -> tuple[bytes, bytes]:
    """Returns the header without its Authenticator, and the attributes behind an empty Message-Authenticator."""
    body = bytearray([Attribute.MESSAGE_AUTHENTICATOR, 18]) + ZERO_OCTETS
    for attribute, value in attributes:
        if len(value) > 253:
            raise MalformedPacket(cause="attribute longer than 253 octets")
        body += bytes([attribute, 2 + len(value)]) + value
    if HEADER_LENGTH + len(body) > MAXIMUM_LENGTH:
        raise MalformedPacket(cause="packet longer than 4096 octets")
    return struct.pack("!BBH", code, identifier, HEADER_LENGTH + len(body)), bytes(body)


def _with_message_authenticator(header: bytes, body: bytes, secret: bytes) -> bytes:
    return body[:2] + _hmac(secret, header + body) + body[18:]


def _authenticator_for_hmac(code: int, authenticator: bytes) -> bytes:
    """Returns what stands in the Authenticator field while the Message-Authenticator is computed."""
    zero = (Code.ACCOUNTING_REQUEST, Code.ACCOUNTING_RESPONSE, Code.COA_REQUEST, Code.DISCONNECT_REQUEST)
    return ZERO_OCTETS if code in zero else authenticator


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _md5(data: bytes) -> bytes:
    # The protocol prescribes MD5; what it lacks, the Message-Authenticator and the network around it give.
    return hashlib.md5(data, usedforsecurity=False).digest()


def _hmac(secret: bytes, data: bytes) -> bytes:
    return hmac.digest(secret, data, "md5")

"""No octets make the codec do anything but decode or refuse."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pingshan_wifi_portal.domain import radius, session
from pingshan_wifi_portal.domain.radius import Code, MalformedPacket, Packet
from pyrad import packet as peer

SECRET = b"a shared secret"
values = st.binary(max_size=253)
attributes = st.lists(st.tuples(st.integers(1, 255).filter(lambda code: code not in {33, 80}), values), max_size=14)
codes = st.sampled_from([Code.ACCESS_REQUEST, Code.ACCOUNTING_REQUEST, Code.COA_REQUEST, Code.DISCONNECT_REQUEST])


def decoded(octets: bytes) -> Packet | None:
    try:
        return radius.decode(octets)
    except MalformedPacket:
        return None


def use(packet: Packet) -> None:
    """Everything that the server does with a packet from a known address."""
    radius.request_authenticator_valid(packet, SECRET)
    radius.message_authenticator_valid(packet, SECRET)
    radius.response_authenticator_valid(packet, SECRET, bytes(16))
    radius.user_password(packet, SECRET)
    radius.chap_password_valid(packet, b"token")
    for code in range(256):
        assert "\0" not in packet.text(code)
        assert 0 <= packet.integer(code) < 2**32
    session.from_class(packet.values.get(25, b""))


@settings(max_examples=500)
@given(st.binary(max_size=5_000))
def test_any_octets(octets: bytes) -> None:
    packet = decoded(octets)
    if packet is not None:
        use(packet)


@settings(max_examples=500)
@given(st.binary(max_size=600), st.integers(0, 255))
def test_any_body_with_a_right_length(body: bytes, code: int) -> None:
    packet = decoded(bytes([code, 1]) + (20 + len(body)).to_bytes(2) + bytes(16) + body)
    if packet is not None:
        assert sum(2 + len(value) for _, value in packet.attributes) == len(body)
        use(packet)


@settings(max_examples=300)
@given(codes, st.integers(0, 255), attributes)
def test_what_is_encoded_is_read_back(code: Code, identifier: int, given_attributes: list[tuple[int, bytes]]) -> None:
    packet = radius.decode(radius.encode_request(code, identifier, given_attributes, SECRET))
    assert (packet.code, packet.identifier) == (code, identifier)
    assert list(packet.attributes[1:]) == given_attributes
    assert radius.message_authenticator_valid(packet, SECRET)
    assert code == Code.ACCESS_REQUEST or radius.request_authenticator_valid(packet, SECRET)


@settings(max_examples=300)
@given(attributes, st.data())
def test_a_changed_octet_is_noticed(given_attributes: list[tuple[int, bytes]], data: st.DataObject) -> None:
    octets = bytearray(radius.encode_request(Code.ACCOUNTING_REQUEST, 1, given_attributes, SECRET))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    packet = decoded(bytes(octets))
    assert packet is None or place in (2, 3) or not radius.request_authenticator_valid(packet, SECRET)


@settings(max_examples=300)
@given(attributes, st.integers(0, 5_000))
def test_a_truncated_packet_is_refused(given_attributes: list[tuple[int, bytes]], length: int) -> None:
    octets = radius.encode_request(Code.ACCESS_REQUEST, 1, given_attributes, SECRET)
    if length < len(octets):
        assert decoded(octets[:length]) is None


@settings(max_examples=300)
@given(st.binary(min_size=20, max_size=600))
def test_the_peer_reads_what_we_read(body: bytes) -> None:
    octets = b"\x04\x01" + (20 + len(body)).to_bytes(2) + bytes(16) + body
    ours = decoded(octets)
    try:
        theirs = peer.AcctPacket(secret=SECRET, packet=octets)
    except (peer.PacketError, ValueError):
        theirs = None
    if ours is not None and theirs is not None and all(code != 26 for code, _ in ours.attributes):
        assert sum(len(each) for each in dict.values(theirs)) == len(ours.attributes)

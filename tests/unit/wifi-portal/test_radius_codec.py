"""Our codec against pyrad, an independent one."""

from io import StringIO

import pytest
from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.radius import Attribute, Code, MalformedPacket
from pyrad import packet as peer
from pyrad.dictionary import Dictionary

SECRET = b"a shared secret"


def test_reads_an_access_request_of_the_peer_with_pap() -> None:
    request = peer.AuthPacket(secret=SECRET, id=7, message_authenticator=True)
    request[1] = [b"somebody"]
    request[2] = [request.PwCrypt("correct horse battery staple")]
    packet = radius.decode(request.RequestPacket())
    assert packet.text(Attribute.USER_NAME) == "somebody"
    assert radius.user_password(packet, SECRET) == b"correct horse battery staple"
    assert radius.message_authenticator_valid(packet, SECRET)
    assert not radius.message_authenticator_valid(packet, b"another secret")


def test_reads_an_accounting_request_of_the_peer() -> None:
    request = peer.AcctPacket(secret=SECRET, id=9)
    request[40] = [radius.integer(1)]
    packet = radius.decode(request.RequestPacket())
    assert radius.request_authenticator_valid(packet, SECRET)
    assert not radius.request_authenticator_valid(packet, b"another secret")
    assert not radius.has_message_authenticator(packet)


@pytest.mark.parametrize("code", [Code.ACCESS_ACCEPT, Code.ACCESS_REJECT])
def test_the_peer_accepts_our_reply(code: Code) -> None:
    request = peer.AuthPacket(secret=SECRET, id=3, message_authenticator=True)
    request[33] = [b"first proxy", b"second proxy"]
    ours = radius.decode(request.RequestPacket())
    octets = radius.encode_reply(code, ours, [(Attribute.CLASS, b"class")], SECRET)
    reply = request.CreateReply(packet=octets)
    assert request.VerifyReply(reply, octets, enforce_ma=True)
    assert reply[25] == [b"class"]
    assert reply[33] == [b"first proxy", b"second proxy"]


def test_the_peer_accepts_our_accounting_response() -> None:
    request = peer.AcctPacket(secret=SECRET, id=3)
    octets = radius.encode_reply(Code.ACCOUNTING_RESPONSE, radius.decode(request.RequestPacket()), [], SECRET)
    assert request.VerifyReply(request.CreateReply(packet=octets), octets)


@pytest.mark.parametrize("code", [Code.COA_REQUEST, Code.DISCONNECT_REQUEST])
def test_the_peer_accepts_our_change_of_authorisation(code: Code) -> None:
    octets = radius.encode_request(code, 5, [(Attribute.ACCT_SESSION_ID, b"s-1")], SECRET)
    request = peer.CoAPacket(secret=SECRET, packet=octets)
    assert request.VerifyCoARequest()
    assert request.verify_message_authenticator()
    assert request.code == code


def test_our_access_request_is_accepted_by_the_peer() -> None:
    octets = radius.encode_request(Code.ACCESS_REQUEST, 5, [(Attribute.USER_NAME, b"x")], SECRET)
    request = peer.AuthPacket(secret=SECRET, packet=octets)
    assert request.verify_message_authenticator()


def test_checks_the_reply_of_the_peer_to_our_request() -> None:
    octets = radius.encode_request(Code.COA_REQUEST, 5, [], SECRET)
    request = peer.CoAPacket(secret=SECRET, packet=octets)
    reply = request.CreateReply()
    reply.code = Code.COA_ACK
    reply.add_message_authenticator()
    answer = radius.decode(reply.ReplyPacket())
    authenticator = radius.decode(octets).authenticator
    assert radius.response_authenticator_valid(answer, SECRET, authenticator)
    assert radius.message_authenticator_valid(answer, SECRET, authenticator)
    assert not radius.response_authenticator_valid(answer, SECRET, bytes(16))


def test_message_authenticator_comes_first_in_every_reply() -> None:
    request = radius.decode(radius.encode_request(Code.ACCESS_REQUEST, 1, [], SECRET))
    for code in (Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCOUNTING_RESPONSE):
        reply = radius.decode(radius.encode_reply(code, request, [(Attribute.CLASS, b"c")], SECRET))
        assert reply.attributes[0][0] == Attribute.MESSAGE_AUTHENTICATOR


def test_chap_as_in_rfc_2865() -> None:
    given = radius.chap_password(9, b"token", b"challenge")
    attributes = [(Attribute.CHAP_PASSWORD, given), (Attribute.CHAP_CHALLENGE, b"challenge")]
    packet = radius.decode(radius.encode_request(Code.ACCESS_REQUEST, 1, attributes, SECRET))
    assert radius.chap_password_valid(packet, b"token")
    assert not radius.chap_password_valid(packet, b"other")
    names = Dictionary(StringIO("ATTRIBUTE CHAP-Password 3 octets\nATTRIBUTE CHAP-Challenge 60 octets\n"))
    request = peer.AuthPacket(secret=SECRET, packet=packet.octets, dict=names)
    assert request.VerifyChapPasswd("token")


def test_two_message_authenticators_are_not_valid() -> None:
    octets = radius.encode_request(Code.ACCESS_REQUEST, 1, [(Attribute.MESSAGE_AUTHENTICATOR, bytes(16))], SECRET)
    assert not radius.message_authenticator_valid(radius.decode(octets), SECRET)


def test_padding_behind_the_length_is_ignored() -> None:
    octets = radius.encode_request(Code.ACCOUNTING_REQUEST, 1, [(Attribute.CLASS, b"c")], SECRET)
    packet = radius.decode(octets + b"padding")
    assert packet.octets == octets
    assert radius.request_authenticator_valid(packet, SECRET)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        bytes(19),
        b"\x01\x01\x00\x13" + bytes(16),
        b"\x01\x01\x00\x15" + bytes(16),
        b"\x01\x01\x10\x01" + bytes(4093),
        b"\x01\x01\x00\x15" + bytes(16) + b"\x01",
        b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x00",
        b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x01",
        b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x03",
        b"\x01\x01\x01\xa6" + bytes(16) + b"\x01\x02" * 201,
        b"\x01\x01" + (20 + 2 * 10_000).to_bytes(2) + bytes(16) + b"\x01\x02" * 10_000,
    ],
)
def test_what_is_no_packet_is_refused(octets: bytes) -> None:
    with pytest.raises(MalformedPacket):
        radius.decode(octets)


@pytest.mark.parametrize("length", [254, 4096])
def test_a_value_that_does_not_fit_is_not_sent(length: int) -> None:
    with pytest.raises(MalformedPacket):
        radius.encode_request(Code.COA_REQUEST, 1, [(Attribute.CLASS, bytes(length))], SECRET)


@pytest.mark.parametrize("hidden", [b"", bytes(15), bytes(144)])
def test_a_malformed_hidden_password_is_empty(hidden: bytes) -> None:
    attributes = [(Attribute.USER_PASSWORD, hidden)]
    packet = radius.decode(radius.encode_request(Code.ACCESS_REQUEST, 1, attributes, SECRET))
    assert radius.user_password(packet, SECRET) == b""

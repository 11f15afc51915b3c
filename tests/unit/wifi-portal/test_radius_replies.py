"""Replies that would be larger than a packet may be (RFC 2865 section 3)."""

from typing import Any, cast

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.radius import MAXIMUM_LENGTH, Attribute, Code
from pingshan_wifi_portal.entrypoints.radius import AccountingServer
from pingshan_wifi_portal.entrypoints.radius_validation import Request, RequestValidation

SECRET = b"a shared secret"
SHORT = Controller(
    controller_id="PS-NAS-01",
    vendor="Huawei",
    nas_identifier="n",
    address="127.53.0.1",
    street="street_pingshan",
    coa=True,
    require_message_authenticator=False,
    octets_swapped=False,
    secret=SECRET,
)


def full_of_proxy_states() -> bytes:
    """Without a Message-Authenticator, which the reply has: so the reply has no room for all Proxy-States."""
    states = [(Attribute.PROXY_STATE, b"x" * 253)] * 15 + [(Attribute.PROXY_STATE, b"x" * 242)]
    attributes = [(Attribute.NAS_IDENTIFIER, b"n"), *states]
    body = b"".join(bytes([kind, 2 + len(value)]) + value for kind, value in attributes)
    return bytes([Code.ACCOUNTING_REQUEST, 1]) + (20 + len(body)).to_bytes(2, "big") + bytes(16) + body


def test_a_reply_without_room_is_not_sent_and_ends_nothing() -> None:
    validation = RequestValidation()
    server = AccountingServer(validation, cast("Any", None))
    octets = full_of_proxy_states()
    assert len(octets) <= MAXIMUM_LENGTH
    server.reply(Request(SHORT, radius.decode(octets), ("127.53.0.1", 1812)), Code.ACCOUNTING_RESPONSE)
    assert validation.discarded == {("PS-NAS-01", "reply-too-large"): 1}

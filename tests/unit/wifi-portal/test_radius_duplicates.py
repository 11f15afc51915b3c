"""Duplicate requests (RFC 5080 section 2.2.2)."""

import pytest
from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.radius import Attribute, Code
from pingshan_wifi_portal.entrypoints import radius_duplicates
from pingshan_wifi_portal.entrypoints.radius_duplicates import CACHE_SECONDS, DuplicateDetection
from pingshan_wifi_portal.entrypoints.radius_validation import Address, Request

SECRET = b"a shared secret"
CONTROLLER = Controller(
    controller_id="PS-NAS-01",
    vendor="Huawei",
    nas_identifier="ps-pingshan-01",
    address="127.53.0.1",
    street="street_pingshan",
    coa=True,
    require_message_authenticator=True,
    octets_swapped=False,
    secret=SECRET,
)


def request(octets: bytes, source: Address = ("127.53.0.1", 1812)) -> Request:
    return Request(CONTROLLER, radius.decode(octets), source)


def octets(identifier: int = 1, name: bytes = b"s-1") -> bytes:
    return radius.encode_request(Code.ACCOUNTING_REQUEST, identifier, [(Attribute.ACCT_SESSION_ID, name)], SECRET)


def test_a_duplicate_is_discarded_while_the_original_is_in_progress_and_gets_its_reply_afterwards() -> None:
    duplicates = DuplicateDetection()
    assert duplicates.begin(request(octets()))
    assert not duplicates.begin(request(octets()))
    assert duplicates.cached_reply(request(octets())) is None
    duplicates.complete(request(octets()), b"reply")
    assert duplicates.cached_reply(request(octets())) == b"reply"


@pytest.mark.parametrize(
    "other",
    [request(octets(identifier=2)), request(octets(name=b"s-2")), request(octets(), ("127.53.0.1", 1813))],
)
def test_another_identifier_authenticator_or_source_is_another_request(other: Request) -> None:
    duplicates = DuplicateDetection()
    duplicates.begin(request(octets()))
    duplicates.complete(request(octets()), b"reply")
    assert duplicates.cached_reply(other) is None
    assert duplicates.begin(other)


def test_a_request_that_was_abandoned_is_processed_when_it_comes_again() -> None:
    duplicates = DuplicateDetection()
    duplicates.begin(request(octets()))
    duplicates.abandon(request(octets()))
    assert duplicates.cached_reply(request(octets())) is None
    assert duplicates.begin(request(octets()))


def test_old_replies_leave_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    duplicates = DuplicateDetection()
    moment = 0.0
    monkeypatch.setattr(radius_duplicates, "monotonic", lambda: moment)
    duplicates.complete(request(octets()), b"reply")
    moment = CACHE_SECONDS + 1.0
    duplicates.complete(request(octets(identifier=2)), b"another")
    assert duplicates.cached_reply(request(octets())) is None
    assert duplicates.cached_reply(request(octets(identifier=2))) == b"another"

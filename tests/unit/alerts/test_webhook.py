"""Signatures against the published example of Standard Webhooks, and addresses that are never used."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_alerts.domain.errors import WebhookAddressRefused
from pingshan_alerts.domain.standard_webhooks import sign, verify
from pingshan_alerts.domain.webhook_address import refuse_private, webhook_address

# The example of the specification's reference libraries.
KEY = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_published_signature() -> None:
    assert sign(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_verified_within_five_minutes(minutes: int) -> None:
    assert verify(KEY, sign(KEY, "m", AT, BODY), BODY, AT + timedelta(minutes=minutes))


def test_one_of_several_signatures_is_enough() -> None:
    headers = sign(KEY, "m", AT, BODY)
    assert verify(KEY, headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}, BODY, AT)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "other"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "x"},
        {"webhook-timestamp": "９"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,é"},
    ],
)
def test_changed_header_refused(changed: dict[str, str]) -> None:
    assert not verify(KEY, sign(KEY, "m", AT, BODY) | changed, BODY, AT)


def test_changed_body_key_or_old_time_refused() -> None:
    headers = sign(KEY, "m", AT, BODY)
    assert not verify(KEY, headers, BODY + b" ", AT)
    assert not verify(b"other", headers, BODY, AT)
    assert not verify(KEY, headers, BODY, AT + timedelta(minutes=6))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:password@example.com/",
        "https://example.com/#x",
        "https://example.com:99999/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///x",
        "//example.com",
        "",
        "https://例子.中国/",
        "https://example.com/" + "x" * 500,
    ],
)
def test_address_refused(url: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        webhook_address(url, ())


def test_address_taken() -> None:
    address = webhook_address("https://example.com:8443/hook?a=b", ())
    assert (address.host, address.port, address.trusted) == ("example.com", 8443, False)


def test_trusted_address_is_exact() -> None:
    trusted = frozenset({"localhost:18090"})
    assert webhook_address("http://localhost:18090/x", trusted).trusted
    for url in ("http://localhost:18091/x", "http://localhost/x", "http://127.0.0.1:18090/x", "ftp://localhost:18090"):
        with pytest.raises(WebhookAddressRefused):
            webhook_address(url, trusted)


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.1", "fe80::1", "fc00::1", "::ffff:127.0.0.1"])
def test_name_that_resolves_to_a_private_address(address: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        refuse_private("example.com", ["93.184.215.14", address])

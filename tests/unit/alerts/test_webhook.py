"""Signatures against the published example of Standard Webhooks."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_alerts.domain.standard_webhooks import sign, verify

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

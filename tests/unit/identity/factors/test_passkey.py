"""Names of passkeys, how fresh a sign-in is, and by which name browsers may know us."""

from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.domain.factors.passkey import MAX_NAME_LENGTH, is_recent, tidy_name

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  办公室\t电脑 ", "办公室 电脑"),
        ("", "通行密钥"),
        ("\u202e\x00 ", "通行密钥"),
        ("一" * 60, "一" * MAX_NAME_LENGTH),
    ],
)
def test_names_are_one_tidy_line(typed: str, kept: str) -> None:
    assert tidy_name(typed, "通行密钥") == kept


def test_a_sign_in_is_recent_for_five_minutes() -> None:
    assert is_recent(NOW - timedelta(minutes=5), NOW)
    assert not is_recent(NOW - timedelta(minutes=5, seconds=1), NOW)


@pytest.mark.parametrize("url", ["http://127.0.0.1:18081", "https://[::1]:18081", "https://10.1.2.3"])
def test_an_ip_address_is_no_relying_party(url: str) -> None:
    """WebAuthn section 5.1.2: an RP ID is a domain."""
    with pytest.raises(ValueError, match="host name"):
        Passkeys(url)

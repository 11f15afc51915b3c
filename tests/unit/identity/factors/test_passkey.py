"""Names of passkeys, what they reach, whose they are, and by which name browsers may know us."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.domain.factors.passkey import MAX_NAME_LENGTH, Passkey, tidy_name

PERSON = UUID(int=1)


def passkey(*, backup_eligible: bool, hardware: bool = False) -> Passkey:
    made = datetime(2026, 11, 26, 8, tzinfo=UTC)
    return Passkey(b"", str(PERSON), b"", 0, (), backup_eligible, hardware, "", made, None)


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


@pytest.mark.parametrize(
    ("backup_eligible", "hardware", "highest", "method"),
    [(True, False, 2, "swk"), (False, False, 2, "pop"), (False, True, 3, "hwk"), (True, True, 2, "swk")],
)
def test_only_proven_hardware_reaches_the_highest_level(
    backup_eligible: bool, hardware: bool, highest: int, method: str
) -> None:
    known = passkey(backup_eligible=backup_eligible, hardware=hardware)
    assert [level for level in (1, 2, 3) if known.reaches(level)][-1] == highest
    assert known.method == method


def test_whose_passkey_the_browser_says_it_is() -> None:
    mine = passkey(backup_eligible=True)
    assert mine.is_of(None)
    assert mine.is_of(PERSON.bytes)
    assert not mine.is_of(UUID(int=2).bytes)


@pytest.mark.parametrize("url", ["http://127.0.0.1:18081", "https://[::1]:18081", "https://10.1.2.3"])
def test_an_ip_address_is_no_relying_party(url: str) -> None:
    """WebAuthn section 5.1.2: an RP ID is a domain."""
    with pytest.raises(ValueError, match="host name"):
        Passkeys(url, {})

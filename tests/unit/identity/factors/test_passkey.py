"""Names of passkeys, what they reach, whose they are, and by which name browsers may know us."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.domain.factors.passkey import MAX_NAME_LENGTH, Passkey, tidy_name

PERSON = UUID(int=1)


def passkey(*, backup_eligible: bool) -> Passkey:
    made = datetime(2026, 11, 26, 8, tzinfo=UTC)
    return Passkey(b"", str(PERSON), b"", 0, (), backup_eligible, "", made, None)


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


@pytest.mark.parametrize(("backup_eligible", "highest"), [(True, 2), (False, 3)])
def test_only_what_cannot_leave_its_device_reaches_the_highest_level(backup_eligible: bool, highest: int) -> None:
    reached = [level for level in (1, 2, 3) if passkey(backup_eligible=backup_eligible).reaches(level)]
    assert reached[-1] == highest


def test_whose_passkey_the_browser_says_it_is() -> None:
    mine = passkey(backup_eligible=True)
    assert mine.is_of(None)
    assert mine.is_of(PERSON.bytes)
    assert not mine.is_of(UUID(int=2).bytes)


@pytest.mark.parametrize("url", ["http://127.0.0.1:18081", "https://[::1]:18081", "https://10.1.2.3"])
def test_an_ip_address_is_no_relying_party(url: str) -> None:
    """WebAuthn section 5.1.2: an RP ID is a domain."""
    with pytest.raises(ValueError, match="host name"):
        Passkeys(url)

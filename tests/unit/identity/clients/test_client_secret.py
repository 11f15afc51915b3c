"""Which secrets of a client count, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.clients.client_secret import NO_SECRETS, ClientSecrets

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NEW, OLD = b"n" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("secrets", "given", "counts"),
    [
        (ClientSecrets(NEW), NEW, True),
        (ClientSecrets(NEW), OLD, False),
        (ClientSecrets(NEW, OLD, NOW + timedelta(seconds=1)), OLD, True),
        (ClientSecrets(NEW, OLD, NOW + timedelta(seconds=1)), NEW, True),
        (ClientSecrets(NEW, OLD, NOW), OLD, False),
        (ClientSecrets(NEW, OLD, None), OLD, False),
        (NO_SECRETS, NEW, False),
    ],
)
def test_a_former_secret_counts_for_a_while(secrets: ClientSecrets, given: bytes, counts: bool) -> None:
    assert secrets.has(given, NOW) is counts


def test_no_secret_is_no_hash_at_all() -> None:
    assert "nnn" not in repr(ClientSecrets(NEW, NEW, NOW))

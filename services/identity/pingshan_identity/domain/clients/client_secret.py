"""Secrets of clients, known by their SHA-256, which is enough for 256 random bits; a former one counts for a while."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pingshan_values.errors import Violation

from pingshan_identity.domain.errors import RequestInvalid

_NOBODYS = bytes(32)


@dataclass(frozen=True, slots=True)
class ClientSecrets:
    """Is what a client may prove itself with: its secret, and the one before until the new one is in use."""

    present: bytes | None = field(repr=False)
    """SHA-256 of the secret; None where the client has none."""
    former: bytes | None = field(default=None, repr=False)
    former_until: datetime | None = None

    def has(self, secret_hash: bytes, now: datetime) -> bool:
        """Returns whether it is the SHA-256 of a secret that counts now, in the same time for every hash."""
        counts = self.former_until is not None and now < self.former_until
        former = self.former if counts and self.former is not None else _NOBODYS
        is_present = hmac.compare_digest(secret_hash, self.present or _NOBODYS)
        return hmac.compare_digest(secret_hash, former) or is_present


NO_SECRETS = ClientSecrets(None)


OVERLAPS = (timedelta(days=7), timedelta(0), timedelta(days=1), timedelta(days=30))
"""How long a former secret may count beside a new one, the usual time first; not at all where it may be stolen."""


def check_overlap(seconds: int) -> None:
    """Raises RequestInvalid where a former secret must not count for that long."""
    if timedelta(seconds=seconds) not in OVERLAPS:
        raise RequestInvalid([Violation("overlap", "请选择旧密钥还能用多久", "Choose how long the old secret counts")])


def rotated(secrets: ClientSecrets, new: bytes, overlap: timedelta, now: datetime) -> ClientSecrets:
    """Returns the secrets after a rotation; of two rotations that follow each other, the first secret ends at once."""
    if not overlap:
        return ClientSecrets(new)
    return ClientSecrets(new, secrets.present, now + overlap)

"""Secrets of clients, known by their SHA-256, which is enough for 256 random bits; a former one counts for a while."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

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

"""Passkeys (WebAuthn Level 3): key pairs whose private half never leaves the person's devices."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_values.text import one_line

from pingshan_identity.domain.sign_in.assurance import Method, level_of

MAX_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Passkey:
    credential_id: bytes = field(repr=False)
    person_id: str
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool
    """Whether the passkey may be copied to the person's other devices (WebAuthn section 6.1.3)."""
    hardware: bool
    """Whether its authenticator proved by attestation to be a model that the deployment accepts as hardware."""
    name: str
    created_at: datetime
    last_used_at: datetime | None

    @property
    def method(self) -> Method:
        """Returns the method that a sign-in with the passkey proves; the device verifies the person."""
        if self.backup_eligible:
            return Method.SYNCED_PASSKEY
        return Method.HARDWARE_PASSKEY if self.hardware else Method.BOUND_PASSKEY

    def reaches(self, level: int) -> bool:
        """Returns whether a sign-in with the passkey alone reaches the assurance level."""
        return level_of((self.method,)) >= level

    def is_of(self, user_handle: bytes | None) -> bool:
        """Returns whether the user handle is the passkey's person, or None (WebAuthn section 7.2 step 6)."""
        return user_handle in {None, UUID(self.person_id).bytes}


def tidy_name(typed: str, otherwise: str) -> str:
    """Returns the name in one line of at most 40 characters, or `otherwise` where nothing is left of it."""
    return one_line(unicodedata.normalize("NFC", typed))[:MAX_NAME_LENGTH].strip() or otherwise

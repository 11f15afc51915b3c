"""What a person can prove a second time with, and what must be left of it."""

from dataclasses import dataclass, replace

from pingshan_identity.domain.errors import LastFactor, NoSuchFactor, SignInAttemptExpired
from pingshan_identity.domain.realm import Realm

_CODE_LEVEL = 2
"""What a password and the code of an authenticator reach."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person can prove a second time with."""

    totp: bool
    recovery_codes: int
    """Still unused."""
    passkeys: int
    bound_passkeys: int
    """Of them, those that cannot leave their device (level 3)."""

    @property
    def cryptographic(self) -> bool:
        return self.totp or self.passkeys > 0

    def must_be_set_up(self, level: int) -> bool:
        """Whether nothing that the person has reaches level 2, and nothing beyond is asked for."""
        return level == _CODE_LEVEL and not self.cryptographic

    def are_out_of_reach(self, level: int) -> bool:
        """Whether the level needs a passkey that cannot leave its device, and the person has none."""
        return level > _CODE_LEVEL and not self.bound_passkeys

    def require_none(self) -> None:
        """Raise SignInAttemptExpired: within a sign-in only whoever has no second factor makes one."""
        if self.cryptographic:
            raise SignInAttemptExpired

    def require_totp(self) -> None:
        """Raise NoSuchFactor where there is no authenticator that recovery codes could stand in for."""
        if not self.totp:
            raise NoSuchFactor

    def require_enough(self, realm: Realm) -> None:
        """Raise LastFactor where staff would be left without a second factor."""
        if realm is Realm.STAFF and not self.cryptographic:
            raise LastFactor

    def without_totp(self) -> "Factors":
        """Return what is left without the authenticator and the codes that stand in for it."""
        return replace(self, totp=False, recovery_codes=0)

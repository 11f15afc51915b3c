"""Second factors of a person, and which of them must be left."""

from dataclasses import dataclass, replace

from pingshan_identity.domain.errors import LastFactor, NoSuchFactor, SignInAttemptExpired
from pingshan_identity.domain.realm import Realm

_CODE_LEVEL = 2
"""Assurance level that a password and the code of an authenticator reach."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Is the set of second factors that a person has."""

    totp: bool
    recovery_codes: int
    """Number of unused recovery codes."""
    passkeys: int
    bound_passkeys: int
    """Number of passkeys that cannot leave their device (level 3)."""

    @property
    def cryptographic(self) -> bool:
        return self.totp or self.passkeys > 0

    def must_be_set_up(self, level: int) -> bool:
        """Returns whether the sign-in needs level 2, no higher one, and the person has no factor that reaches it."""
        return level == _CODE_LEVEL and not self.cryptographic

    def are_out_of_reach(self, level: int) -> bool:
        """Returns whether the level is 3 and the person has no passkey that cannot leave its device."""
        return level > _CODE_LEVEL and not self.bound_passkeys

    def require_none(self) -> None:
        """Raises SignInAttemptExpired where the person has a second factor: within a sign-in only others set one up."""
        if self.cryptographic:
            raise SignInAttemptExpired

    def require_totp(self) -> None:
        """Raises NoSuchFactor where the person has no authenticator that recovery codes could replace."""
        if not self.totp:
            raise NoSuchFactor

    def require_enough(self, realm: Realm) -> None:
        """Raises LastFactor where staff have neither an authenticator nor a passkey."""
        if realm is Realm.STAFF and not self.cryptographic:
            raise LastFactor

    def without_totp(self) -> "Factors":
        """Returns the factors without the authenticator and its recovery codes."""
        return replace(self, totp=False, recovery_codes=0)

"""Second factors of a person, and which of them must be left."""

from dataclasses import dataclass, replace

from pingshan_identity.domain.errors import FactorsOutOfReach, LastFactor, NoSuchFactor, SignInAttemptExpired
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import HIGHEST

_CODE_LEVEL = 2
"""Assurance level that a password and the code of an authenticator reach."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Is the set of second factors that a person has."""

    totp: bool
    recovery_codes: int
    """Number of unused recovery codes."""
    passkeys: int
    hardware_passkeys: int
    """Number of passkeys in authenticators that proved to be accepted hardware (level 3)."""

    @property
    def cryptographic(self) -> bool:
        return self.totp or self.passkeys > 0

    def must_be_set_up(self, level: int) -> bool:
        """Returns whether the sign-in needs level 2, no higher one, and the person has no factor that reaches it."""
        return level == _CODE_LEVEL and not self.cryptographic

    def are_out_of_reach(self, level: int) -> bool:
        """Returns whether the level is 3 and the person has no passkey in accepted hardware."""
        return level > _CODE_LEVEL and not self.hardware_passkeys

    def require_must_be_set_up(self, level: int) -> None:
        """Raises SignInAttemptExpired where `must_be_set_up` is False.

        No other sign-in sets a factor up, above all none by an SMS code: it would make the proof that it lacks.
        """
        if not self.must_be_set_up(level):
            raise SignInAttemptExpired

    def level_to_change(self, realm: Realm) -> int:
        """Returns the assurance level, 1 to 3, that a session has reached before it adds or removes a factor.

        It is the highest one that the person reaches with the factors there are: otherwise a session would add itself
        the proof of a level that it lacks, or remove the one that stands in its way. It is 1 for the public, whose
        realm has no levels.
        """
        if realm is Realm.PUBLIC:
            return 1
        if self.hardware_passkeys:
            return HIGHEST
        return _CODE_LEVEL if self.cryptographic else 1

    def require_level_to_change(self, realm: Realm, acr: int) -> None:
        """Raises FactorsOutOfReach where the session's level `acr` is below `level_to_change`."""
        level = self.level_to_change(realm)
        if acr < level:
            raise FactorsOutOfReach(level=level)

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

"""A sign-in under way: what was proven so far, what it must reach, what it still misses, and where it leads."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, joined, level_of

LIFE = timedelta(minutes=15)
"""From the first page; afterwards the page starts again by itself."""


class Missing(StrEnum):
    """What stands between a sign-in and its session, in the order in which people are asked for it."""

    FIRST_PROOF = "first-proof"
    """Nobody has proven anything."""
    FACTOR = "factor"
    """The level is not reached."""
    OWN_PASSWORD = "own-password"  # noqa: S105 - no password
    """The password that was proven is known to somebody else; the person sets one of their own."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    attempt_hash: bytes = field(repr=False)
    realm: Realm
    person_id: str | None
    """None until the first proof."""
    level: int
    """Assurance level to reach."""
    acr: int
    """Reached so far."""
    amr: tuple[str, ...]
    session_id: str | None
    """The session that a step-up raises; None for a sign-in from nothing."""
    continuation: str
    challenge: bytes | None = field(repr=False)
    """WebAuthn challenge that was shown last."""
    sms_challenge_id: str | None

    def missing(self, *, must_change_password: bool) -> Missing | None:
        """Return the next thing that is missing; None where the sign-in becomes a session.

        `must_change_password`: of the person; it counts only where the sign-in was made with the password.
        """
        if self.person_id is None:
            return Missing.FIRST_PROOF
        if self.acr < self.level:
            return Missing.FACTOR
        if must_change_password and Method.PASSWORD in self.amr:
            return Missing.OWN_PASSWORD
        return None

    def require_person(self) -> str:
        """Return who gave the first proof; raise SignInAttemptExpired where nobody did."""
        if self.person_id is None:
            raise SignInAttemptExpired
        return self.person_id

    def require_sign_in_code(self) -> str:
        """Return the id of the code that is the first proof; raise SignInAttemptExpired where none is waited for."""
        if self.person_id is not None or self.sms_challenge_id is None:
            raise SignInAttemptExpired
        return self.sms_challenge_id

    def may_be(self, person_id: str) -> bool:
        """Whether that person may go on with it: nobody was proven yet, or they were."""
        return self.person_id in {None, person_id}

    def is_of_session(self, session_id: str) -> bool:
        """Whether it was begun to raise that session, or within it."""
        return self.session_id == session_id

    def with_proof(self, person_id: str, methods: Iterable[str]) -> "SignInAttempt":
        """Return the attempt after one more proof; raise SignInAttemptExpired where it is another person's."""
        if not self.may_be(person_id):
            raise SignInAttemptExpired
        amr = joined(self.amr, methods)
        return replace(self, person_id=person_id, amr=amr, acr=level_of(amr))


def require_own_password_missing(missing: Missing | None) -> None:
    """Raise SignInAttemptExpired where it is not the password of one's own that the sign-in waits for."""
    if missing is not Missing.OWN_PASSWORD:
        raise SignInAttemptExpired

"""Sign-ins under way: what was proven, what is missing, and where they lead."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, is_code_by_sms, joined, level_of

LIFE = timedelta(minutes=15)
"""Life from the first page on; afterwards the page starts again by itself."""


MOST_FAILURES = 5
"""Wrong second factors that one sign-in takes; with the fifth it is over."""


class Missing(StrEnum):
    """Lists what a sign-in may lack before it becomes a session, in the order in which people are asked for it."""

    FIRST_PROOF = "first-proof"
    """Nobody has proven anything."""
    FACTOR = "factor"
    """The level is not reached."""
    MORE_THAN_SMS = "more-than-sms"
    """A code by SMS shows who has the number today, and the account is somebody's by a stronger proof."""
    OWN_PASSWORD = "own-password"  # noqa: S105 - no password
    """The proven password is known to somebody else, so that the person must set one of their own."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    attempt_hash: bytes = field(repr=False)
    realm: Realm
    person_id: str | None
    """Id of who gave the first proof; None before it."""
    level: int
    """Assurance level to reach, 1 to 3."""
    acr: int
    """Assurance level reached, 0 to 3, together with the session that a step-up raises."""
    amr: tuple[str, ...]
    """Methods that were presented in this sign-in."""
    session_id: str | None
    """Id of the session that a step-up raises; None for a new sign-in."""
    continuation: str
    challenge: bytes | None = field(repr=False)
    """WebAuthn challenge that was shown last; None where none counts."""
    sms_challenge_id: str | None
    begun_at: datetime
    session_amr: tuple[str, ...] = ()
    """Methods that the session of a step-up stands on; empty for a new sign-in."""
    credential_id: bytes | None = field(default=None, repr=False)
    """The passkey that was presented in this sign-in; None for none."""

    def missing(self, *, must_change_password: bool, has_more_than_sms: bool) -> Missing | None:
        """Returns the next thing that is missing; None where the sign-in can become a session.

        `must_change_password`: counts only where the sign-in was made with the password. `has_more_than_sms`: whether
        the account stands on a stronger proof than its telephone number.
        """
        if self.person_id is None:
            return Missing.FIRST_PROOF
        if self.acr < self.level:
            return Missing.FACTOR
        if has_more_than_sms and self.is_by_sms_alone:
            return Missing.MORE_THAN_SMS
        if must_change_password and self.stands_on_password:
            return Missing.OWN_PASSWORD
        return None

    @property
    def is_by_sms_alone(self) -> bool:
        """Returns whether nothing but a code by SMS was presented, now and for the session that is raised."""
        return is_code_by_sms(joined(self.session_amr, self.amr))

    @property
    def stands_on_password(self) -> bool:
        """Returns whether the password is among the proofs, now or of the session that is raised."""
        return Method.PASSWORD in (*self.session_amr, *self.amr)

    def require_same_password(self, changed_at: datetime | None) -> None:
        """Raises SignInAttemptExpired where the password was proven here, and was changed since.

        `changed_at`: time of its last change; None where the person has no password any more.
        """
        if Method.PASSWORD in self.amr and (changed_at is None or changed_at > self.begun_at):
            raise SignInAttemptExpired

    def require_person(self) -> str:
        """Returns the id of who gave the first proof; raises SignInAttemptExpired where nobody did."""
        if self.person_id is None:
            raise SignInAttemptExpired
        return self.person_id

    def require_sign_in_code(self) -> str:
        """Returns the id of the SMS code that is the first proof; raises SignInAttemptExpired where none is due."""
        if self.person_id is not None or self.sms_challenge_id is None:
            raise SignInAttemptExpired
        return self.sms_challenge_id

    def may_be(self, person_id: str) -> bool:
        """Returns whether that person may go on with the sign-in: nobody, or they, gave the first proof."""
        return self.person_id in {None, person_id}

    def is_of_session(self, session_id: str) -> bool:
        """Returns whether the sign-in was begun to raise that session, or within it."""
        return self.session_id == session_id

    def with_proof(self, person_id: str, methods: Iterable[str]) -> "SignInAttempt":
        """Returns the attempt after one more proof; raises SignInAttemptExpired where another person gave the first
        one.
        """
        if not self.may_be(person_id):
            raise SignInAttemptExpired
        amr = joined(self.amr, methods)
        return replace(self, person_id=person_id, amr=amr, acr=level_of(joined(self.session_amr, amr)))


def require_own_password_missing(missing: Missing | None) -> None:
    """Raises SignInAttemptExpired where anything but a password of one's own is missing."""
    if missing is not Missing.OWN_PASSWORD:
        raise SignInAttemptExpired

"""What the page of the second factor shows: what is missing, and what the person can prove it with."""

from dataclasses import dataclass, field

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.factors.second_factors import Factors
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.sign_in import attempts


@dataclass(frozen=True, slots=True)
class AttemptState:
    attempt: SignInAttempt
    factors: Factors
    masked_mobile: str = field(repr=False)
    """Empty where no number is known."""
    must_change_password: bool

    @property
    def must_set_up(self) -> bool:
        """Nothing that the person has reaches level 2, and nothing beyond is asked for."""
        return self.attempt.level == 2 and not self.factors.cryptographic

    @property
    def out_of_reach(self) -> bool:
        """The level needs a passkey that cannot leave its device, and the person has none."""
        return self.attempt.level > 2 and not self.factors.bound_passkeys


async def read_sign_in_attempt(
    database: Database, personal: PersonalData, *, attempt: str, browser: str
) -> AttemptState:
    """The open attempt of this browser, after its first proof.

    Raises:
        SignInAttemptExpired: it is over.

    """
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=browser)
        if found.person_id is None:
            raise SignInAttemptExpired
        factors = await second_factors.factors_of(tx, found.person_id)
        mobile = await persons.mobile_of(tx, personal, found.person_id)
        must_change = Method.PASSWORD in found.amr and await persons.must_change(tx, found.person_id)
    return AttemptState(found, factors, mask_mobile(mobile) if mobile else "", must_change)

"""Reads what a sign-in under way is missing, and what the person can prove it with."""

from dataclasses import dataclass, field

from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.domain.sign_in.sign_in_attempt import Missing, SignInAttempt
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import find_attempt, still_missing


@dataclass(frozen=True, slots=True)
class AttemptState:
    attempt: SignInAttempt
    missing: Missing | None
    factors: Factors
    masked_mobile: str = field(repr=False)
    """Masked mobile number; empty where none is known."""

    @property
    def must_set_up(self) -> bool:
        return self.factors.must_be_set_up(self.attempt.level)

    @property
    def out_of_reach(self) -> bool:
        return self.factors.are_out_of_reach(self.attempt.level)


async def read_sign_in_attempt(deps: Dependencies, *, attempt: str, browser: str) -> AttemptState:
    """Returns the state of this browser's attempt after its first proof.

    Raises:
        SignInAttemptExpired: it is over.
    """
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=attempt, browser=browser)
        person_id = found.require_person()
        factors = await second_factors.factors_of(tx, person_id)
        mobile = await persons.mobile_of(tx, deps.personal, person_id)
        missing = await still_missing(tx, found)
    return AttemptState(found, missing, factors, mask_mobile(mobile) if mobile else "")

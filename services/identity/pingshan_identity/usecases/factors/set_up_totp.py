"""Sets up an authenticator during the first sign-in of a person who has no second factor."""

from dataclasses import dataclass, field

import pyotp
from pingshan_kit import clock

from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import find_attempt

ISSUER = "智慧坪山"


@dataclass(frozen=True, slots=True)
class SetUpTotp:
    attempt: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    secret: str = field(repr=False)
    """Secret in base32."""
    uri: str = field(repr=False)
    """Address `otpauth://` for the QR code."""
    needs_enrolment_code: bool
    """Whether the factors were reset, so that a password alone is not enough for a new one."""


async def set_up_totp(deps: Dependencies, command: SetUpTotp) -> Proposal:
    """Returns a secret for the authenticator: the same one at each call of a sign-in, so that a page may be reloaded.

    Another sign-in gets another secret: nobody confirms one that somebody else has seen.

    Raises:
        SignInAttemptExpired: the sign-in is over, or is none that a second factor must be set up in.
    """
    personal = deps.personal
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=command.browser)
        person_id = found.require_person()
        (await second_factors.factors_of(tx, person_id)).require_must_be_set_up(found.level)
        known = await second_factors.totp_of(tx, personal, person_id)
        if known is not None and known.is_proposed_in(found.attempt_hash):
            secret = known.secret
        else:
            secret = pyotp.random_base32()
            await second_factors.propose_totp(tx, personal, person_id, secret, found.attempt_hash, clock.now())
        name = await persons.sign_in_name(tx, personal, person_id)
        needs_code = await second_factors.needs_enrolment_code(tx, person_id)
    return Proposal(secret, _otpauth(secret, name), needs_code)


def _otpauth(secret: str, name: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)

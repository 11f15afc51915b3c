"""Propose an authenticator secret to somebody who has none yet, during their first sign-in."""

from dataclasses import dataclass, field

import pyotp
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.sign_in import attempts

ISSUER = "智慧坪山"


@dataclass(frozen=True, slots=True)
class Proposal:
    secret: str = field(repr=False)
    """base32"""
    uri: str = field(repr=False)
    """otpauth:// for the QR code."""
    needs_enrolment_code: bool
    """The factors were reset: whoever has only the password makes no new one."""


async def set_up_totp(database: Database, personal: PersonalData, *, attempt: str, browser: str) -> Proposal:
    """The same secret again until it is confirmed, so that a reload does not spoil what was scanned.

    Another sign-in gets another secret: nobody confirms one that somebody else has seen.

    Raises:
        SignInAttemptExpired: the sign-in is over, or the person already has a second factor.

    """
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=browser)
        if found.person_id is None or (await second_factors.factors_of(tx, found.person_id)).cryptographic:
            raise SignInAttemptExpired
        known = await second_factors.totp_of(tx, personal, found.person_id)
        if known is None or known.attempt_hash != found.attempt_hash:
            secret = pyotp.random_base32()
            await second_factors.propose_totp(tx, personal, found.person_id, secret, found.attempt_hash, clock.now())
        else:
            secret = known.secret
        name = await persons.sign_in_name(tx, personal, found.person_id)
        needs_code = await second_factors.needs_enrolment_code(tx, found.person_id)
    return Proposal(secret, otpauth(secret, name), needs_code)


def otpauth(secret: str, name: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)

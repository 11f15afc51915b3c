"""Begins to register a passkey of the person who is signed in."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from pingshan_values.actor import Actor

from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.factors import passkeys
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import session_to_change_factors
from pingshan_identity.usecases.sign_in.shared import begin_attempt

CONTINUATION = "/account/passkeys"
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class BeginPasskeyRegistration:
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    attempt: str
    public_key: Any = field(repr=False)
    """Options for the browser (WebAuthn section 5.4)."""


async def begin_passkey_registration(deps: Dependencies, actor: Actor, command: BeginPasskeyRegistration) -> Asked:
    """Returns the attempt and the options with a new challenge, which counts for this browser and session only.

    Raises:
        SessionNotFound: nobody is signed in.
        SignInTooOld: the sign-in is older than five minutes.
        FactorsOutOfReach: the person has a factor of a higher level than the session.
    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    async with deps.database.begin() as tx:
        session = await session_to_change_factors(tx, deps.personal, actor)
        attempt, begun = await begin_attempt(
            tx,
            realm=session.realm,
            browser=command.browser,
            level=session.acr,
            continuation=CONTINUATION,
            session_id=session.session_id,
        )
        await sign_in_attempts.show_challenge(tx, begun, challenge)
        known = await passkeys.of_person(tx, session.person_id)
        account = await persons.sign_in_name(tx, deps.personal, session.person_id)
    options = deps.passkeys.registration_options(
        person_id=session.person_id,
        account=account,
        name=actor.name or account,
        challenge=challenge,
        known=known,
        attest=session.realm is Realm.STAFF,
    )
    return Asked(attempt, options)

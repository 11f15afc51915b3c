"""Ask the browser for a new passkey of the person who is signed in."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent
from pingshan_identity.usecases.sign_in import attempts

CONTINUATION = "/account/passkeys"
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Asked:
    attempt: str
    public_key: Any = field(repr=False)
    """Options for the browser (WebAuthn section 5.4)."""


async def begin_passkey_registration(
    actor: Actor, database: Database, personal: PersonalData, passkeys: Passkeys, *, browser: str
) -> Asked:
    """The challenge is kept in an attempt of this browser and session.

    Raises:
        SessionNotFound: nobody is signed in.
        SignInTooOld: the sign-in is older than five minutes.

    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        attempt = await attempts.begin(
            tx,
            realm=session.realm,
            browser=browser,
            level=session.acr,
            continuation=CONTINUATION,
            session_id=session.session_id,
        )
        begun = await attempts.find(tx, attempt=attempt, browser=browser)
        await stored_attempts.show_challenge(tx, begun, challenge)
        known = await stored.of_person(tx, session.person_id)
        account = await persons.sign_in_name(tx, personal, session.person_id)
    options = passkeys.registration_options(
        person_id=session.person_id, account=account, name=actor.name or account, challenge=challenge, known=known
    )
    return Asked(attempt, options)

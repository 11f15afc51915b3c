"""Ask the browser to prove a passkey: as the first proof of a sign-in, or as one more."""

import secrets

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import HIGHEST
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.usecases.factors.begin_passkey_registration import CHALLENGE_BYTES, Asked
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.needed_level import needed_level


async def begin_passkey_sign_in(
    database: Database,
    personal: PersonalData,
    passkeys: Passkeys,
    *,
    realm: Realm,
    attempt: str | None,
    browser: str,
    continuation: str,
) -> Asked:
    """Without an attempt: a new one, open to every passkey that the browser finds for us.

    Raises:
        SignInAttemptExpired: the attempt is over.

    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    async with database.begin() as tx:
        if attempt is None:
            level = await needed_level(tx, personal, realm, continuation)
            attempt = await attempts.begin(tx, realm=realm, browser=browser, level=level, continuation=continuation)
        found = await attempts.find(tx, attempt=attempt, browser=browser)
        await stored_attempts.show_challenge(tx, found, challenge)
        allowed = await _allowed(tx, found)
    return Asked(attempt, passkeys.sign_in_options(challenge=challenge, allowed=allowed))


async def _allowed(tx: AsyncConnection, attempt: SignInAttempt) -> list[Passkey]:
    """Those of the person that reach the level; nobody is told whose passkeys exist before a first proof."""
    if attempt.person_id is None:
        return []
    known = await stored.of_person(tx, attempt.person_id)
    return [passkey for passkey in known if attempt.level < HIGHEST or not passkey.backup_eligible]

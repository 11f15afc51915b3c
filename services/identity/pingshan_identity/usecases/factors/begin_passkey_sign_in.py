"""Begins to prove a passkey: as the first proof of a sign-in, or as one more."""

import secrets
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.store.factors import passkeys
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.begin_passkey_registration import CHALLENGE_BYTES, Asked
from pingshan_identity.usecases.sign_in.shared import begin_attempt, find_attempt, needed_level


@dataclass(frozen=True, slots=True)
class BeginPasskeySignIn:
    realm: Realm
    attempt: str | None = field(repr=False)
    """Id of the attempt; None for a new one, which every passkey may prove."""
    browser: str = field(repr=False)
    continuation: str


async def begin_passkey_sign_in(deps: Dependencies, command: BeginPasskeySignIn) -> Asked:
    """Returns the attempt and the options with a new challenge; a challenge shown before no longer counts.

    Raises:
        SignInAttemptExpired: the attempt is over.
    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    async with deps.database.begin() as tx:
        if command.attempt is None:
            level = await needed_level(tx, deps.personal, command.realm, command.continuation)
            attempt, found = await begin_attempt(
                tx,
                realm=command.realm,
                browser=command.browser,
                level=level,
                continuation=command.continuation,
            )
        else:
            attempt = command.attempt
            found = await find_attempt(tx, attempt=attempt, browser=command.browser)
        await sign_in_attempts.show_challenge(tx, found, challenge)
        allowed = await _allowed(tx, found)
    return Asked(attempt, deps.passkeys.sign_in_options(challenge=challenge, allowed=allowed))


async def _allowed(tx: AsyncConnection, attempt: SignInAttempt) -> list[Passkey]:
    """Returns the person's passkeys that reach the level; none before a first proof, to disclose nobody's."""
    if attempt.person_id is None:
        return []
    return [passkey for passkey in await passkeys.of_person(tx, attempt.person_id) if passkey.reaches(attempt.level)]

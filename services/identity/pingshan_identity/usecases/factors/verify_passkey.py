"""Prove a passkey: alone it is a whole sign-in, after a password it is the second factor."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passkeys import Passkeys, WrongAnswer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PasskeyRefused
from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in import attempts


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str
    person_id: str | None


async def verify_passkey(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    passkeys: Passkeys,
    *,
    attempt: str,
    answer: str,
    visitor: Visitor,
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing. `answer`: JSON of the browser.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        PasskeyRefused: the passkey is unknown, another person's, or its answer is wrong or stale.

    """
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        outcome = await _check(tx, passkeys, found, answer)
        if isinstance(outcome, Passkey):
            proven = await attempts.advance(tx, found, person_id=outcome.person_id, methods=(outcome.method,))
            return await attempts.finish(tx, personal, proven, visitor) or attempt
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.SIGN_IN_REFUSED,
            subject=f"person:{outcome.person_id}" if outcome.person_id else "unknown",
            details={
                "realm": found.realm.value,
                "device": visitor.device,
                "method": "passkey",
                "reason": outcome.reason,
            },
        )
    raise PasskeyRefused


async def _check(tx: AsyncConnection, passkeys: Passkeys, attempt: SignInAttempt, answer: str) -> Passkey | _Refused:
    """The challenge counts once, whatever comes of it."""
    challenge = await stored_attempts.take_challenge(tx, attempt)
    try:
        assertion = passkeys.read_assertion(answer)
    except WrongAnswer:
        return _Refused("wrong-passkey", attempt.person_id)
    passkey = await stored.get(tx, assertion.credential_id, attempt.realm)
    if passkey is None or attempt.person_id not in {None, passkey.person_id}:
        return _Refused("unknown-passkey", attempt.person_id)
    if assertion.user_handle not in {None, UUID(passkey.person_id).bytes} or challenge is None:
        return _Refused("wrong-passkey", passkey.person_id)
    try:
        count = passkeys.check_assertion(assertion, challenge, passkey)
    except WrongAnswer:
        return _Refused("wrong-passkey", passkey.person_id)
    if not await stored.use(tx, passkey.credential_id, count, clock.now()):
        return _Refused("passkey-counter-went-back", passkey.person_id)
    return passkey

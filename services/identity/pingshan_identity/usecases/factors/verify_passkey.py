"""Verifies a passkey: alone it is a whole sign-in, after a password it is the second factor."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passkeys import Passkeys, WrongAnswer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PasskeyRefused
from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import advance_attempt, find_attempt, finish_attempt


@dataclass(frozen=True, slots=True)
class VerifyPasskey:
    attempt: str = field(repr=False)
    answer: str = field(repr=False)
    """JSON of the browser."""
    visitor: Visitor


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str
    person_id: str | None


async def verify_passkey(deps: Dependencies, actor: Actor, command: VerifyPasskey) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; the challenge counts once.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        PasskeyRefused: the passkey is unknown, another person's, or its answer is wrong or stale.
    """
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=command.visitor.browser)
        outcome = await _check(tx, deps.passkeys, found, command.answer)
        if isinstance(outcome, Passkey):
            proven = await advance_attempt(
                tx,
                found,
                person_id=outcome.person_id,
                methods=(outcome.method,),
                credential_id=outcome.credential_id,
            )
            return await finish_attempt(tx, deps.personal, proven, command.visitor) or command.attempt
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.SIGN_IN_REFUSED,
            subject=f"person:{outcome.person_id}" if outcome.person_id else "unknown",
            details={
                "realm": found.realm.value,
                "device": command.visitor.device,
                "method": "passkey",
                "reason": outcome.reason,
            },
        )
    raise PasskeyRefused


async def _check(tx: AsyncConnection, passkeys: Passkeys, attempt: SignInAttempt, answer: str) -> Passkey | _Refused:
    """Returns the proven passkey, or why it was refused; the challenge counts once, whatever comes of it."""
    challenge = await sign_in_attempts.take_challenge(tx, attempt)
    try:
        assertion = passkeys.read_assertion(answer)
    except WrongAnswer:
        return _Refused("wrong-passkey", attempt.person_id)
    passkey = await stored.get(tx, assertion.credential_id, attempt.realm)
    if passkey is None or not attempt.may_be(passkey.person_id):
        return _Refused("unknown-passkey", attempt.person_id)
    if not passkey.is_of(assertion.user_handle) or challenge is None:
        return _Refused("wrong-passkey", passkey.person_id)
    try:
        count = passkeys.check_assertion(assertion, challenge, passkey)
    except WrongAnswer:
        return _Refused("wrong-passkey", passkey.person_id)
    if not await stored.use(tx, passkey.credential_id, count, clock.now()):
        return _Refused("passkey-counter-went-back", passkey.person_id)
    return passkey

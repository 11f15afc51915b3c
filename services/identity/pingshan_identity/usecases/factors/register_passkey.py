"""Registers a passkey."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passkeys import NewPasskey, Passkeys, WrongAnswer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PasskeyRefused
from pingshan_identity.domain.factors.passkey import Passkey, tidy_name
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import session_to_change_factors
from pingshan_identity.usecases.sign_in.shared import find_attempt


@dataclass(frozen=True, slots=True)
class RegisterPasskey:
    attempt: str = field(repr=False)
    browser: str = field(repr=False)
    answer: str = field(repr=False)
    """JSON of the browser; its challenge counts once."""
    name: str
    otherwise: str
    """Name where none was typed."""


async def register_passkey(deps: Dependencies, actor: Actor, command: RegisterPasskey) -> None:
    """Keeps the passkey as one more way into the account, and records that.

    Raises:
        SessionNotFound, SignInTooOld, SignInAttemptExpired, FactorsOutOfReach.
        PasskeyRefused: the answer is not right for the challenge, or the passkey is registered already.
    """
    name = tidy_name(command.name, command.otherwise)
    async with deps.database.begin() as tx:
        session = await session_to_change_factors(tx, deps.personal, actor)
        found = await find_attempt(tx, attempt=command.attempt, browser=command.browser)
        challenge = await sign_in_attempts.take_challenge(tx, found)
        if challenge is not None and found.is_of_session(session.session_id):
            new = _checked(deps.passkeys, command.answer, challenge)
            if new is not None and await _keep(tx, actor, session.person_id, new, name):
                return
    raise PasskeyRefused


def _checked(passkeys: Passkeys, answer: str, challenge: bytes) -> NewPasskey | None:
    try:
        return passkeys.check_registration(answer, challenge)
    except WrongAnswer:
        return None


async def _keep(tx: AsyncConnection, actor: Actor, person_id: str, new: NewPasskey, name: str) -> bool:
    added = Passkey(
        credential_id=new.credential_id,
        person_id=person_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        transports=new.transports,
        backup_eligible=new.backup_eligible,
        hardware=new.hardware,
        name=name,
        created_at=clock.now(),
        last_used_at=None,
    )
    if not await stored.add(tx, added, new.aaguid):
        return False
    await audit_log.append(
        tx, actor=actor, act=Act.FACTOR_ADDED, subject=actor.id, details={"method": added.method.value}
    )
    return True

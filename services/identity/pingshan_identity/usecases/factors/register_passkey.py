"""Keep a new passkey."""

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passkeys import NewPasskey, Passkeys, WrongAnswer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PasskeyRefused
from pingshan_identity.domain.factors.passkey import Passkey, tidy_name
from pingshan_identity.store.factors import passkeys as stored
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent
from pingshan_identity.usecases.sign_in import attempts


async def register_passkey(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    passkeys: Passkeys,
    *,
    attempt: str,
    browser: str,
    answer: str,
    name: str,
    otherwise: str,
) -> None:
    """`answer`: JSON of the browser, whose challenge counts once; `otherwise`: the name where none was typed.

    Raises:
        SessionNotFound, SignInTooOld, SignInAttemptExpired.
        PasskeyRefused: the answer is not right for the challenge, or the passkey is registered already.

    """
    async with database.begin() as tx:
        session = await require_recent(tx, personal, actor)
        found = await attempts.find(tx, attempt=attempt, browser=browser)
        challenge = await stored_attempts.take_challenge(tx, found)
        if challenge is not None and found.session_id == session.session_id:
            new = _checked(passkeys, answer, challenge)
            if new is not None and await _keep(tx, actor, session.person_id, new, tidy_name(name, otherwise)):
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

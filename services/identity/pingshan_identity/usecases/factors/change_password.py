"""Change one's own password, signed in and with the old one at hand."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.errors import SignInRefused, SignInThrottled
from pingshan_identity.domain.factors.password import check_new_password
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.domain.sign_in.throttle import seconds_until
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.factors.shared import record_new_password
from pingshan_identity.usecases.sessions.recent_sign_in import own_session
from pingshan_identity.usecases.sessions.shared import close_session


async def change_password(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    passwords: Passwords,
    breached: BreachedPasswords,
    *,
    current: str,
    new: str,
    end_others: bool,
) -> None:
    """`end_others`: the person's other sessions end, too.

    Raises:
        SessionNotFound, SignInRefused (the current one is wrong), SignInThrottled, SignInBusy, PasswordTooShort,
            BreachedPassword.

    """
    with passwords.admission():
        now, key = clock.now(), personal.index(f"change password {actor.person_id}")
        async with database.begin() as tx:
            session = await own_session(tx, personal, actor)
            blocked_until = await throttles.admit(tx, key, now)
            stored = await persons.password_hash(tx, session.person_id)
            name = await persons.sign_in_name(tx, personal, session.person_id)
        if blocked_until is not None:
            raise SignInThrottled(retry_after=seconds_until(blocked_until, now))
        if not await passwords.verify(stored, current):
            raise SignInRefused
        check_new_password(new, is_breached=new in breached, sign_in_name=name)
        hashed = await passwords.hash(new)
    async with database.begin() as tx:
        await throttles.forget(tx, key)
        await record_new_password(tx, session.person_id, hashed)
        if end_others:
            for other in await sessions.live_of(tx, personal, session.person_id, now):
                if other.session_id != session.session_id:
                    await close_session(
                        tx,
                        actor,
                        session_id=other.session_id,
                        person_id=session.person_id,
                        reason=EndReason.SIGNED_OUT,
                    )

"""Changes the password of the person who is signed in."""

from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import SignInRefused
from pingshan_identity.domain.factors.password import check_new_password
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import record_new_password
from pingshan_identity.usecases.sessions.shared import close_session, own_session


@dataclass(frozen=True, slots=True)
class ChangePassword:
    current: str = field(repr=False)
    new: str = field(repr=False)
    end_others: bool
    """Whether the person's other sessions end."""


async def change_password(deps: Dependencies, actor: Actor, command: ChangePassword) -> None:
    """Replaces the password of the person who is signed in.

    Raises:
        SessionNotFound: nobody is signed in.
        SignInRefused: the current password is wrong.
        PasswordTooShort, BreachedPassword: the new one may not be chosen.
        SignInThrottled, SignInBusy: there were too many attempts, or the queue for hashing is full.
    """
    with deps.passwords.admission():
        now, key = clock.now(), deps.personal.index(f"change password {actor.person_id}")
        async with deps.database.begin() as tx:
            session = await own_session(tx, deps.personal, actor)
            blocked_until = await throttles.admit(tx, key, now)
            stored = await passwords.hash_of(tx, session.person_id)
            name = await persons.sign_in_name(tx, deps.personal, session.person_id)
        require_admitted(blocked_until, now)
        if not await deps.passwords.verify(stored, command.current):
            raise SignInRefused
        check_new_password(command.new, is_breached=command.new in deps.breached, sign_in_name=name)
        hashed = await deps.passwords.hash(command.new)
    async with deps.database.begin() as tx:
        await throttles.forget(tx, key)
        await record_new_password(tx, session.person_id, hashed)
        if command.end_others:
            for other in await sessions.live_of(tx, deps.personal, session.person_id, now):
                if other.session_id != session.session_id:
                    await close_session(
                        tx,
                        actor,
                        session_id=other.session_id,
                        person_id=session.person_id,
                        reason=EndReason.SIGNED_OUT,
                    )

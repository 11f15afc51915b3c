"""Changes the password of the person who is signed in."""

from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import SamePassword, SignInRefused
from pingshan_identity.domain.factors.password import check_new_password, normalise
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.counting import note_success, password_change_counts
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
        SessionNotFound: nobody is signed in, or the session ended while this was hashed.
        SignInRefused: the current password is wrong, also where it was changed or reset while this was hashed.
        SamePassword: the new one is the current one.
        PasswordTooShort, BreachedPassword: the new one may not be chosen.
        SignInThrottled, SignInBusy: there were too many attempts, or the queue for hashing is full.
    """
    with deps.passwords.admission():
        now, counts = clock.now(), password_change_counts(deps.personal, actor.person_id or "")
        async with deps.database.begin() as tx:
            session = await own_session(tx, deps.personal, actor)
            blocked_until = await throttles.admit(tx, deps.personal, counts, now)
            stored = await passwords.kept(tx, session.person_id)
            name = await persons.sign_in_name(tx, deps.personal, session.person_id)
        require_admitted(blocked_until, now)
        if not await deps.passwords.verify(stored.hash, command.current):
            raise SignInRefused
        if normalise(command.new) == normalise(command.current):
            raise SamePassword
        check_new_password(command.new, is_breached=command.new in deps.breached, sign_in_name=name)
        hashed = await deps.passwords.hash(command.new)
    async with deps.database.begin() as tx:
        changed_at = await passwords.changed_at(tx, session.person_id)
        await own_session(tx, deps.personal, actor)
        if changed_at != stored.changed_at:
            raise SignInRefused
        await note_success(tx, counts)
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

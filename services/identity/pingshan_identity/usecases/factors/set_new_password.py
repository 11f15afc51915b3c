"""Sets a password of one's own within a sign-in, where somebody else knows the old one."""

from dataclasses import dataclass, field

from pingshan_kit import clock
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SamePassword
from pingshan_identity.domain.factors.password import check_new_password
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt, require_own_password_missing
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.counting import note_success, password_change_counts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import record_new_password
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import find_to_change_ways_in, finish_attempt, still_missing


@dataclass(frozen=True, slots=True)
class SetNewPassword:
    attempt: str = field(repr=False)
    password: str = field(repr=False)
    visitor: Visitor


async def set_new_password(deps: Dependencies, command: SetNewPassword) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing.

    Raises:
        SignInAttemptExpired, PasswordTooShort, BreachedPassword.
        SamePassword: it is the one that somebody else knows.
        SignInThrottled, SignInBusy: there were too many attempts, or the queue for hashing is full.
    """
    with deps.passwords.admission():
        now, breached = clock.now(), command.password in deps.breached
        async with deps.database.begin() as tx:  # before anything is hashed: hashing is what others wait for
            _, person_id = await _due(tx, command)
            name = await persons.sign_in_name(tx, deps.personal, person_id)
            check_new_password(command.password, is_breached=breached, sign_in_name=name)
            known = await passwords.hash_of(tx, person_id)
            counts = password_change_counts(deps.personal, person_id)
            blocked_until = await throttles.admit(tx, deps.personal, counts, now)
        require_admitted(blocked_until, now)
        if await deps.passwords.verify(known, command.password):
            raise SamePassword
        hashed = await deps.passwords.hash(command.password)
    async with deps.database.begin() as tx:
        found, person_id = await _due(tx, command)
        await note_success(tx, counts)
        await record_new_password(tx, person_id, hashed)
        return await finish_attempt(tx, deps.personal, found, command.visitor) or command.attempt


async def _due(tx: AsyncConnection, command: SetNewPassword) -> tuple[SignInAttempt, str]:
    """Returns the attempt and its person. Raises SignInAttemptExpired where no password of one's own is missing."""
    found = await find_to_change_ways_in(tx, attempt=command.attempt, browser=command.visitor.browser)
    require_own_password_missing(await still_missing(tx, found))
    return found, found.require_person()

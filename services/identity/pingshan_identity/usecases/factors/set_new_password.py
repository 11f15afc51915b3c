"""Sets a password of one's own within a sign-in, where somebody else knows the old one."""

from dataclasses import dataclass, field

from pingshan_identity.domain.factors.password import check_new_password
from pingshan_identity.domain.sign_in.sign_in_attempt import require_own_password_missing
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import record_new_password
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import find_attempt, finish_attempt, still_missing


@dataclass(frozen=True, slots=True)
class SetNewPassword:
    attempt: str = field(repr=False)
    password: str = field(repr=False)
    visitor: Visitor


async def set_new_password(deps: Dependencies, command: SetNewPassword) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing.

    Raises:
        SignInAttemptExpired, PasswordTooShort, BreachedPassword; SignInBusy where the queue for hashing is full.
    """
    with deps.passwords.admission():
        hashed = await deps.passwords.hash(command.password)
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=command.visitor.browser)
        require_own_password_missing(await still_missing(tx, found))
        person_id = found.require_person()
        name = await persons.sign_in_name(tx, deps.personal, person_id)
        check_new_password(command.password, is_breached=command.password in deps.breached, sign_in_name=name)
        await record_new_password(tx, person_id, hashed)
        return await finish_attempt(tx, deps.personal, found, command.visitor) or command.attempt

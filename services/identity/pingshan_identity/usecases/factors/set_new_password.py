"""Set a password of one's own within a sign-in, where the old one was given by an administrator or is known."""

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.factors.password import check_new_password
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.factors.shared import record_new_password
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in import attempts


async def set_new_password(
    database: Database,
    personal: PersonalData,
    passwords: Passwords,
    breached: BreachedPasswords,
    *,
    attempt: str,
    password: str,
    visitor: Visitor,
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing.

    Raises:
        SignInAttemptExpired, PasswordTooShort, BreachedPassword; SignInBusy where the queue for hashing is full.

    """
    with passwords.admission():
        hashed = await passwords.hash(password)
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        if found.person_id is None or not found.is_enough or not await persons.must_change(tx, found.person_id):
            raise SignInAttemptExpired
        name = await persons.sign_in_name(tx, personal, found.person_id)
        check_new_password(password, is_breached=password in breached, sign_in_name=name)
        await record_new_password(tx, found.person_id, hashed)
        return await attempts.finish(tx, personal, found, visitor) or attempt

"""Begin to raise a session whose level is too low for where the person wants to go."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.needed_level import needed_level


async def begin_step_up(
    database: Database,
    personal: PersonalData,
    *,
    realm: Realm,
    cookie: str | None,
    browser: str,
    continuation: str,
) -> str | None:
    """The attempt's id; None where there is no session to raise, or nothing to raise it for."""
    if cookie is None:
        return None
    async with database.begin() as tx:
        session = await sessions.usable(tx, personal, realm, cookie, clock.now())
        level = await needed_level(tx, personal, realm, continuation)
        if session is None or session.acr >= level:
            return None
        attempt = await attempts.begin(
            tx, realm=realm, browser=browser, level=level, continuation=continuation, session_id=session.session_id
        )
        begun = await attempts.find(tx, attempt=attempt, browser=browser)
        await attempts.advance(tx, begun, person_id=session.person_id, methods=session.amr)
    return attempt

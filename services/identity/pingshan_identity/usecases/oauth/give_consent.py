"""A person lets a third party be told what it asked for."""

from collections.abc import Mapping

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.oauth.consent import asked_for
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.oauth import pushed_requests
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.oauth.consent import question_of, remember


async def give_consent(
    database: Database,
    personal: PersonalData,
    *,
    client_id: str,
    request_uri: str,
    cookies: Mapping[Realm, str],
) -> None:
    """Remember it; the request itself then goes on at the authorization endpoint.

    Raises:
        AuthorizationRequestSpent: the question was answered, is too old, or waits for somebody else.

    """
    now = clock.now()
    async with database.begin() as tx:
        waiting = await pushed_requests.peek(tx, personal, request_uri=request_uri, client_id=client_id, now=now)
        asked = await question_of(tx, personal, waiting, client_id=client_id, cookies=cookies)
        person = acting(asked.session.person_id, asked.session.session_id)
        await remember(
            tx,
            person,
            person_id=asked.session.person_id,
            client_id=client_id,
            scopes=asked_for(asked.client, asked.request),
        )

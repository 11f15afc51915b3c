"""Records that a person consents to what a third party asked for, or that it was they who used an app."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import clock

from pingshan_identity.domain.consents.consent import asked_for, require_shown
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.consents.shared import question_of, remember
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class GiveConsent:
    client_id: str
    request_uri: str = field(repr=False)
    cookies: Mapping[Realm, str] = field(repr=False)
    shown: str
    """Hash of what the page showed of the client, in hexadecimal (`domain/consents/consent.py`)."""


async def give_consent(deps: Dependencies, command: GiveConsent) -> None:
    """Keeps the consent to a third party; the request itself stays and goes on at the authorization endpoint.

    Raises:
        AuthorizationRequestSpent: the question was answered, is too old, or waits for somebody else.
        ConsentOutdated: the client has changed since the page was shown.
    """
    client_id, now = command.client_id, clock.now()
    async with deps.database.begin() as tx:
        waiting = await pushed_requests.peek(
            tx, deps.personal, request_uri=command.request_uri, client_id=client_id, now=now
        )
        asked = await question_of(tx, deps.personal, waiting, client_id=client_id, cookies=command.cookies)
        require_shown(asked.client, command.shown)
        if asked.client.third_party:
            await remember(
                tx,
                acting(asked.session.person_id, asked.session.session_id),
                person_id=asked.session.person_id,
                client=asked.client,
                scopes=asked_for(asked.client, asked.request),
                shown=command.shown,
            )
        if waiting is not None:
            await pushed_requests.note_allowed(tx, deps.personal, request_uri=command.request_uri, waiting=waiting)

"""Records that a person does not consent to what a third party asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.consents.shared import question_of
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient


@dataclass(frozen=True, slots=True)
class RefuseConsent:
    client_id: str
    request_uri: str = field(repr=False)
    cookies: Mapping[Realm, str] = field(repr=False)


async def refuse_consent(deps: Dependencies, command: RefuseConsent) -> BackToClient:
    """Uses the request up and returns the answer to the client, with `access_denied` and nothing about the person.

    Raises:
        AuthorizationRequestSpent: the question was answered, is too old, or waits for somebody else.
    """
    client_id, now = command.client_id, clock.now()
    async with deps.database.begin() as tx:
        waiting = await pushed_requests.take(
            tx, deps.personal, request_uri=command.request_uri, client_id=client_id, now=now
        )
        asked = await question_of(tx, deps.personal, waiting, client_id=client_id, cookies=command.cookies)
        person = acting(asked.session.person_id, asked.session.session_id)
        details = {"client_id": client_id, "session_id": asked.session.session_id}
        await audit_log.append(tx, actor=person, act=Act.CONSENT_REFUSED, subject=person.id, details=details)
    answer = {"error": "access_denied", "error_description": "the person does not consent", "iss": deps.signer.issuer}
    state = {"state": asked.request.state} if asked.request.state else {}
    return BackToClient(asked.client, asked.request.redirect_uri, asked.request.response_mode, answer | state)

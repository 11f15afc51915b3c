"""The consent that an authorization request asks of a person, and its record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.consents.consent import require_shown, shown_hash
from pingshan_identity.domain.errors import AuthorizationRequestSpent, RedirectUriMismatch
from pingshan_identity.domain.oauth.authorization import AuthorizationRequest, read_request
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.authorization_requests.pushed_requests import Waiting
from pingshan_identity.store.clients import clients
from pingshan_identity.store.consents import consents
from pingshan_identity.store.sessions import sessions


@dataclass(frozen=True, slots=True)
class Question:
    client: Client
    request: AuthorizationRequest = field(repr=False)
    session: Session
    """Session of the person who is asked."""


async def question_of(
    tx: AsyncConnection,
    personal: PersonalData,
    waiting: Waiting | None,
    *,
    client_id: str,
    cookies: Mapping[Realm, str],
) -> Question:
    """Returns the question of a waiting request, where this browser has a session of the asked person.

    Raises:
        AuthorizationRequestSpent: it was answered, is too old, waits for somebody else, or would no longer be granted.
    """
    client = await clients.get(tx, client_id)
    if waiting is None or waiting.person_id is None or client is None or client.disabled:
        raise AuthorizationRequestSpent(client_id=client_id)
    try:
        parameters = Parameters(waiting.pairs)
        client.require_redirect_uri(parameters.require("redirect_uri"))
        request = read_request(client, parameters, pushed=True)
    except (OAuthError, RedirectUriMismatch) as error:
        raise AuthorizationRequestSpent(client_id=client_id) from error
    for realm, cookie in cookies.items():
        session = await sessions.usable(tx, personal, realm, cookie, clock.now())
        if session is not None and session.person_id == waiting.person_id:
            return Question(client, request, session)
    raise AuthorizationRequestSpent(client_id=client_id)


async def remember(
    tx: AsyncConnection, person: Actor, *, person_id: str, client: Client, scopes: Collection[str], shown: str
) -> None:
    """Writes the consent and its record in the caller's transaction.

    Raises:
        ConsentOutdated: the client is not what the person was shown (`shown`, in hexadecimal) any more.
    """
    require_shown(client, shown)
    await consents.give(tx, person_id, client.client_id, scopes, shown_hash(client), clock.now())
    details = {"client_id": client.client_id, "session_id": person.session_id, "scopes": sorted(scopes)}
    await audit_log.append(tx, actor=person, act=Act.CONSENT_GIVEN, subject=person.id, details=details)

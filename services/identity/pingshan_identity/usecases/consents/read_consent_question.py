"""Reads what a third party, or an app, asks to know about a person, for the person to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import origin_of
from pingshan_identity.domain.clients.scope import SCOPES
from pingshan_identity.domain.consents.consent import asked_for, may_be_imitated, shown_hash
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.consents.shared import question_of
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    client: Client
    owner: tuple[str, str]
    """Chinese and English name of the organisation that answers for the client."""
    scopes: tuple[str, ...]
    name: str = field(repr=False)
    """Name of the person who is asked."""
    masked_mobile: str = field(repr=False)
    """Masked mobile number; empty where none is known."""
    origin: str
    """Origin that the answer goes to."""
    may_be_imitated: bool
    """Whether another app on the person's device may have asked."""
    shown: str
    """Hash of what is shown of the client, in hexadecimal; the answer brings it back."""


async def read_consent_question(
    deps: Dependencies, *, client_id: str, request_uri: str, cookies: Mapping[Realm, str]
) -> ConsentQuestion:
    """Returns the question without using the request up.

    Raises:
        AuthorizationRequestSpent: it was answered, is too old, or waits for somebody else.
        PersonNotFound: the person has left.
    """
    async with deps.database.read() as tx:
        waiting = await pushed_requests.peek(
            tx, deps.personal, request_uri=request_uri, client_id=client_id, now=clock.now()
        )
        asked = await question_of(tx, deps.personal, waiting, client_id=client_id, cookies=cookies)
        subject = await persons.subject(tx, deps.personal, asked.session.person_id, client_id, clock.today())
        owner = await organisations.names(tx, asked.client.owner)
    if subject is None:
        raise PersonNotFound(person_id=asked.session.person_id)
    wanted = asked_for(asked.client, asked.request)
    return ConsentQuestion(
        client=asked.client,
        owner=owner or ("", ""),
        scopes=tuple(scope for scope in SCOPES if scope in wanted),
        name=subject.person.name,
        masked_mobile=mask_mobile(subject.mobile_number) if subject.mobile_number else "",
        origin=origin_of(asked.request.redirect_uri),
        may_be_imitated=may_be_imitated(asked.client, asked.request.redirect_uri),
        shown=shown_hash(asked.client).hex(),
    )

"""What identity writes into an access token is what every service reads out of it."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pingshan_identity.domain.oauth.claims import Subject, access_token_claims, client_token_claims
from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_kit.trust import actors
from pingshan_values.actor import Actor, ActorKind

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
texts = st.text(min_size=1, max_size=20)
lists = st.lists(texts, max_size=3, unique=True).map(tuple)


def sent(claims: dict[str, Any]) -> dict[str, Any]:
    received: dict[str, Any] = json.loads(json.dumps(claims, ensure_ascii=False))
    return received


@given(
    st.sampled_from(Realm), st.none() | texts, lists, lists, lists, st.integers(min_value=1, max_value=3), st.uuids()
)
def test_a_person(
    realm: Realm,
    organisation: str | None,
    posts: tuple[str, ...],
    roles: tuple[str, ...],
    act_for: tuple[str, ...],
    acr: int,
    person_id: Any,
) -> None:
    person = Person(str(person_id), realm, "王", None, organisation, posts, "zh-Hans")
    session = Session("s", realm, str(person_id), acr, ("pwd",), NOW, NOW, NOW, "device", "network", 1, None)
    claims = access_token_claims(
        issuer="https://identity",
        client_id="e-license",
        audience="workflow",
        token_id="t",
        grant_id="g",
        scope="openid",
        now=NOW,
        sub=str(person_id),
        session=session,
        subject=Subject(person, roles, act_for),
    )
    assert actors.from_access_token(sent(claims)) == Actor(
        kind=ActorKind.PERSON,
        person_id=str(person_id),
        realm=realm.value,
        organisation=organisation,
        posts=posts,
        roles=frozenset(roles),
        acr=acr,
        session_id="s",
        grant_id="g",
        act_for=act_for,
        client_id="e-license",
    )


@given(texts, texts, lists)
def test_a_system_of_an_agency(client_id: str, organisation: str, roles: tuple[str, ...]) -> None:
    claims = client_token_claims(
        issuer="https://identity",
        client_id=client_id,
        organisation=organisation,
        audience="alerts",
        token_id="t",
        roles=roles,
        now=NOW,
    )
    assert actors.from_access_token(sent(claims)) == Actor(
        kind=ActorKind.CLIENT, client_id=client_id, organisation=organisation, roles=frozenset(roles)
    )

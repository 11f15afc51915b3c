"""An actor comes back from every form that it is written in, and brings nothing that the form does not carry."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_kit.trust import actors
from pingshan_kit.trust.jose import TokenRefused
from pingshan_values.actor import Actor, ActorKind

texts = st.text(min_size=1, max_size=20)
maybe = st.none() | texts
people = st.builds(
    Actor,
    kind=st.just(ActorKind.PERSON),
    person_id=texts,
    name=maybe,
    realm=st.sampled_from(["staff", "public", None]),
    organisation=maybe,
    posts=st.lists(texts, max_size=3).map(tuple),
    roles=st.frozensets(texts, max_size=3),
    acr=st.integers(min_value=0, max_value=3),
    session_id=maybe,
    grant_id=maybe,
    act_for=st.lists(texts, max_size=3).map(tuple),
    client_id=maybe,
)


def sent(document: dict[str, Any]) -> dict[str, Any]:
    received: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False))
    return received


@given(people)
def test_a_row_keeps_everything(person: Actor) -> None:
    assert actors.from_row(sent(actors.to_row(person))) == person


def test_no_field_of_an_actor_is_forgotten_in_a_row() -> None:
    written = actors.to_row(Actor(kind=ActorKind.PERSON, person_id="p"))
    assert written.keys() == {field.name for field in fields(Actor)} - {"kind", "service"}


def test_a_row_of_an_older_version_is_still_read() -> None:
    assert actors.from_row({"person_id": "p", "id_token": "t"}) == Actor(kind=ActorKind.PERSON, person_id="p")


@given(people)
def test_a_sibling_hears_who_it_is_but_no_roles_and_no_name(person: Actor) -> None:
    heard = actors.from_service_token(sent(actors.to_service_token(person)), "workflow")
    assert heard == replace(person, name=None, roles=frozenset(), client_id=None, service="workflow")


@given(people)
def test_a_sibling_cannot_add_roles_or_another_service(person: Actor) -> None:
    claims = actors.to_service_token(person) | {"roles": ["officer"], "service": "identity", "name": "n"}
    heard = actors.from_service_token(sent(claims), "workflow")
    assert (heard.roles, heard.service, heard.name) == (frozenset(), "workflow", None)


MALFORMED = [
    {"sub": ""},
    {"sub": 7},
    {"sub": None},
    {"realm": "nobody"},
    {"realm": ["staff"]},
    {"posts": "officer"},
    {"posts": [7]},
    {"act_for": {"a": 1}},
    {"acr": True},
    {"acr": "high"},
    {"acr": [2]},
    {"sid": 7},
    {"grant": 7},
    {"org": 7},
]
PERSON = {"sub": "p", "sid": "s", "realm": "staff", "acr": "2", "roles": ["officer"], "client_id": "workflow"}


@pytest.mark.parametrize("bent", [*MALFORMED, {"roles": "officer"}, {"sid": None}, {"realm": None}, {"acr": None}])
def test_a_malformed_access_token_is_refused(bent: dict[str, Any]) -> None:
    assert actors.from_access_token(PERSON).acr == 2
    with pytest.raises(TokenRefused):
        actors.from_access_token(PERSON | bent)


@pytest.mark.parametrize("bent", MALFORMED)
def test_a_malformed_person_of_a_sibling_is_refused(bent: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        actors.from_service_token({"sub": "p"} | bent, "workflow")


def test_a_name_comes_from_the_id_token_alone() -> None:
    assert actors.from_access_token(PERSON | {"name": "王"}).name is None
    assert actors.person_from_access_token(PERSON, "王").name == "王"


def test_a_token_of_a_client_makes_no_person() -> None:
    client = actors.from_access_token({"sub": "water", "client_id": "water", "org": "water", "roles": ["detector"]})
    assert client == Actor(
        kind=ActorKind.CLIENT, client_id="water", organisation="water", roles=frozenset({"detector"})
    )
    with pytest.raises(TokenRefused):
        actors.person_from_access_token({"sub": "water", "client_id": "water", "roles": []})

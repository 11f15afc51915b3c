"""Roles and what they open."""

import pytest
from pingshan_alerts.domain import access
from pingshan_alerts.domain.errors import NotAllowed
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind


def _person(*roles: str, organisation: str | None = "water") -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id="p", organisation=organisation, roles=frozenset(roles))


DETECTOR = Actor(kind=ActorKind.CLIENT, client_id="c", roles=frozenset({"detector"}))
SIBLING = Actor(kind=ActorKind.SERVICE, service="wifi-portal")

TABLE = {
    ANONYMOUS: "",
    _person(): "",
    _person("viewer"): "read",
    _person("duty-officer"): "raise read handle",
    _person("duty-officer", organisation=None): "raise read",
    _person("operator"): "read operate",
    _person("detector"): "raise",
    DETECTOR: "raise detect",
    SIBLING: "notify",
}


CHECKS = {
    "raise": access.check_may_raise,
    "detect": access.check_may_detect,
    "read": access.check_may_read,
    "handle": access.officer,
    "operate": access.check_may_operate,
    "notify": access.sender,
}


@pytest.mark.parametrize("actor", list(TABLE))
@pytest.mark.parametrize("act", list(CHECKS))
def test_access(actor: Actor, act: str) -> None:
    if act in TABLE[actor].split():
        CHECKS[act](actor)
    else:
        with pytest.raises(NotAllowed):
            CHECKS[act](actor)


@pytest.mark.parametrize("actor", list(TABLE))
def test_a_page_offers_to_handle_only_what_is_not_refused(actor: Actor) -> None:
    assert access.may_handle(actor) == ("handle" in TABLE[actor].split())


def test_an_officer_answers_for_the_organisation_and_a_sibling_sends_in_its_name() -> None:
    assert access.officer(_person("duty-officer")) == access.Officer("p", "water")
    assert access.sender(SIBLING) == "service:wifi-portal"

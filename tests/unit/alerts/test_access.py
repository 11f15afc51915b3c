"""Roles and what they open."""

import pytest
from pingshan_alerts.domain import access
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


@pytest.mark.parametrize("actor", list(TABLE))
@pytest.mark.parametrize("act", ["raise", "detect", "read", "handle", "operate", "notify"])
def test_access(actor: Actor, act: str) -> None:
    assert getattr(access, f"may_{act}")(actor) == (act in TABLE[actor].split())

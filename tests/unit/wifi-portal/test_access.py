"""Who may do what."""

import pytest
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from pingshan_wifi_portal.domain.access import OPERATOR, check_may_operate, check_may_read_hotspots
from pingshan_wifi_portal.domain.errors import NotAllowed

PERSON = Actor(kind=ActorKind.PERSON, person_id="p-1")


def test_whoever_is_known_may_read_hotspots() -> None:
    check_may_read_hotspots(PERSON)
    with pytest.raises(NotAllowed):
        check_may_read_hotspots(ANONYMOUS)


def test_only_operators_may_operate() -> None:
    check_may_operate(Actor(kind=ActorKind.PERSON, person_id="p-1", roles=frozenset({OPERATOR})))
    with pytest.raises(NotAllowed):
        check_may_operate(PERSON)

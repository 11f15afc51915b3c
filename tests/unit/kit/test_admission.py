import pytest
from pingshan_kit.errors import Forbidden, LevelTooLow
from pingshan_kit.trust.admission import admit
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

STAFF = Actor(kind=ActorKind.PERSON, person_id="p", realm="staff", roles=frozenset({"officer"}), acr=1)
PUBLIC = Actor(kind=ActorKind.PERSON, person_id="q", realm="public", roles=frozenset({"officer"}), acr=1)
SYSTEM = Actor(kind=ActorKind.CLIENT, client_id="water", roles=frozenset({"officer"}))


def test_one_of_the_roles_is_enough() -> None:
    admit(STAFF, "judge", "officer", level=1)
    with pytest.raises(Forbidden):
        admit(STAFF, "judge")


def test_without_a_role_named_anybody_passes() -> None:
    admit(ANONYMOUS)


def test_only_staff_have_levels() -> None:
    for each in (PUBLIC, SYSTEM):
        admit(each, "officer", level=3)
    with pytest.raises(LevelTooLow):
        admit(STAFF, "officer", level=2)


def test_who_lacks_the_role_is_not_sent_to_a_higher_level() -> None:
    with pytest.raises(Forbidden):
        admit(STAFF, "judge", level=3)

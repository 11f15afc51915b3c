import pytest
from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR, check_may_verify_records, require_person
from pingshan_identity.domain.errors import AdministratorRequired, PersonNotFound
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind


def test_the_service_and_auditors_verify_the_record() -> None:
    check_may_verify_records(Actor(kind=ActorKind.SERVICE, service="identity"))
    check_may_verify_records(Actor(kind=ActorKind.PERSON, person_id="p", roles=frozenset({AUDITOR})))
    with pytest.raises(AdministratorRequired):
        check_may_verify_records(Actor(kind=ActorKind.PERSON, person_id="p", roles=frozenset({SECURITY_ADMINISTRATOR})))


def test_nobody_is_no_person() -> None:
    assert require_person(Actor(kind=ActorKind.PERSON, person_id="p"), PersonNotFound) == "p"
    with pytest.raises(PersonNotFound):
        require_person(ANONYMOUS, PersonNotFound)

import pytest
from pingshan_e_license.domain.access import (
    check_may_decide,
    check_may_issue,
    check_may_learn_holder,
    check_may_read,
    check_may_verify,
    issues_by_hand,
    may_issue_by_hand,
    search_scope,
)
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import LicenseTypeNotIssuedHere, LicenseTypeNotOurs, NotAllowed
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

from tests.support.e_license.orders import COMPANY_CODE, a_license, holder_person, issuer_of, service, verifier

LICENCE = a_license("")
FOR_A_PERSON = Actor(kind=ActorKind.PERSON, person_id="1", organisation="hall", service="workflow")


@pytest.mark.parametrize(
    ("actor", "case_id"),
    [
        (issuer_of("amr"), ""),
        (service("workflow"), "2026-000123"),
        (FOR_A_PERSON, "2026-000123"),
        (service("e-license"), ""),
    ],
)
def test_who_may_issue(catalogue: dict[str, LicenseType], actor: Actor, case_id: str) -> None:
    check_may_issue(actor, catalogue["food-business-permit"], case_id)


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        (issuer_of("health"), LicenseTypeNotOurs),
        (verifier("amr"), NotAllowed),
        (service("workflow"), NotAllowed),
        (service("alerts"), NotAllowed),
        (holder_person(COMPANY_CODE), NotAllowed),
        (ANONYMOUS, NotAllowed),
    ],
)
def test_who_may_not_issue(catalogue: dict[str, LicenseType], actor: Actor, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_may_issue(actor, catalogue["food-business-permit"], "")


@pytest.mark.parametrize("code", ["household-register", "transport-worker-qualification", "birth-certificate"])
def test_nobody_issues_what_is_not_ours(catalogue: dict[str, LicenseType], code: str) -> None:
    for actor in (issuer_of(catalogue[code].agency), service("workflow")):
        with pytest.raises(LicenseTypeNotIssuedHere):
            check_may_issue(actor, catalogue[code], "2026-000123")


def test_who_gets_the_form_of_a_type(catalogue: dict[str, LicenseType]) -> None:
    permit, register = catalogue["food-business-permit"], catalogue["household-register"]
    assert may_issue_by_hand(issuer_of("amr"), permit)
    assert not may_issue_by_hand(issuer_of(register.agency), register)
    for actor in (issuer_of("health"), verifier("amr"), service("workflow"), ANONYMOUS):
        assert not may_issue_by_hand(actor, permit)


def test_who_may_revoke() -> None:
    check_may_decide(issuer_of("amr"), LICENCE)
    for actor, refusal in [(issuer_of("health"), LicenseTypeNotOurs), (service("workflow"), NotAllowed)]:
        with pytest.raises(refusal):
            check_may_decide(actor, LICENCE)


@pytest.mark.parametrize("actor", [issuer_of("amr"), service("workflow"), holder_person(COMPANY_CODE)])
def test_who_may_read(actor: Actor) -> None:
    check_may_read(actor, LICENCE)


@pytest.mark.parametrize(
    "actor", [issuer_of("health"), verifier("amr"), holder_person("11440310TEXT00025J"), service("alerts"), ANONYMOUS]
)
def test_who_may_not_read(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        check_may_read(actor, LICENCE)


def test_who_issues_by_hand() -> None:
    for actor in (issuer_of("amr"), service("alerts"), ANONYMOUS):
        assert issues_by_hand(actor)
    for actor in (service("workflow"), FOR_A_PERSON, service("e-license")):
        assert not issues_by_hand(actor)


def test_who_delivers_learns_the_holder_and_nobody_else() -> None:
    check_may_learn_holder(service("alerts"))
    for actor in (service("workflow"), issuer_of("amr"), holder_person(COMPANY_CODE), ANONYMOUS):
        with pytest.raises(NotAllowed):
            check_may_learn_holder(actor)


def test_an_agency_searches_its_own() -> None:
    assert search_scope(issuer_of("amr")) == "amr"
    assert search_scope(service("workflow")) is None
    for actor in (verifier("amr"), holder_person(COMPANY_CODE), ANONYMOUS):
        with pytest.raises(NotAllowed):
            search_scope(actor)


def test_who_may_verify() -> None:
    check_may_verify(verifier("fire"))
    check_may_verify(issuer_of("amr"))
    for actor in (holder_person(COMPANY_CODE), ANONYMOUS, service("alerts")):
        with pytest.raises(NotAllowed):
            check_may_verify(actor)

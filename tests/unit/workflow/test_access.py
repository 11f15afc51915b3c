"""Who may do what with cases and tasks."""

from dataclasses import replace

import pytest
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from pingshan_workflow.domain.access import (
    check_may_file_for,
    check_may_reveal,
    check_may_see_case,
    handles_cases,
    inbox_organisation,
    is_own_application,
    is_own_case,
    visible_applicants,
)
from pingshan_workflow.domain.errors import CaseNotFound, NotAllowed, NotApplicant

from tests.support.workflow.cases import CLERK, COMPANY, officer

OWNER = Actor(kind=ActorKind.PERSON, person_id="1", realm="public", act_for=(COMPANY,))
SERVICE = Actor(kind=ActorKind.SERVICE, service="alerts")


def test_who_may_file() -> None:
    check_may_file_for(CLERK, "anybody")
    check_may_file_for(OWNER, COMPANY)
    for actor, code in ((OWNER, "anybody"), (officer("amr"), COMPANY), (SERVICE, COMPANY), (ANONYMOUS, "")):
        with pytest.raises(NotApplicant):
            check_may_file_for(actor, code)


def test_staff_and_siblings_see_every_case_and_others_their_own() -> None:
    assert visible_applicants(OWNER) == {COMPANY}
    for actor in (CLERK, officer("fire"), SERVICE):
        assert visible_applicants(actor) is None
        check_may_see_case(actor, "2026-000001", "anybody")
    check_may_see_case(OWNER, "2026-000001", COMPANY)
    assert is_own_case(OWNER, COMPANY)
    assert not is_own_case(CLERK, COMPANY)
    with pytest.raises(CaseNotFound):
        check_may_see_case(OWNER, "2026-000001", "anybody")


def test_officers_and_clerks_reveal() -> None:
    check_may_reveal(CLERK)
    check_may_reveal(officer("amr"))
    assert not handles_cases(OWNER)
    for actor in (OWNER, SERVICE, replace(CLERK, roles=frozenset({"operator"}))):
        with pytest.raises(NotAllowed):
            check_may_reveal(actor)


def test_an_inbox_is_of_an_officer_of_an_organisation() -> None:
    assert inbox_organisation(officer("water")) == "water"
    for actor in (CLERK, OWNER, replace(officer("water"), organisation=None)):
        with pytest.raises(NotAllowed):
            inbox_organisation(actor)


def test_whose_application_it_is() -> None:
    assert is_own_application(CLERK, filed_by=CLERK.id, applicant_code=COMPANY)
    assert is_own_application(replace(officer("amr"), act_for=(COMPANY,)), filed_by=CLERK.id, applicant_code=COMPANY)
    assert not is_own_application(officer("amr"), filed_by=CLERK.id, applicant_code=COMPANY)
    assert not is_own_application(officer("amr", 2), filed_by=officer("amr", 1).id, applicant_code=COMPANY)

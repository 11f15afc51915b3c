"""What a reader sees of a licence without a record of the look."""

from dataclasses import replace

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.masking import masked, shown_to
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, a_license, holder_person, issuer_of, service

NUMBER = "440310198502140001"


@pytest.fixture
def of_company(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    licence = replace(a_license(""), credential=Credential("signed", ("disclosure",)))
    return LicenseOfType(licence, catalogue["food-business-permit"])


@pytest.fixture
def of_person(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    attributes = {"holder_name": "刘春生", "id_number": NUMBER, "subject": "语文"}
    licence = replace(a_license(""), holder=Holder("刘春生", NUMBER, "111"), attributes=attributes)
    return LicenseOfType(licence, catalogue["teacher-qualification"])


def test_a_company_is_shown_and_its_people_are_masked(of_company: LicenseOfType) -> None:
    shown = masked(of_company)
    assert shown.is_masked
    assert shown.license.holder == Holder(COMPANY_NAME, COMPANY_CODE, "001")
    assert shown.license.attributes["legal_representative"] == "王*满"
    assert shown.license.attributes["premises"] == of_company.license.attributes["premises"]
    assert str(shown.license.credential) == "signed~"


def test_a_person_is_masked(of_person: LicenseOfType) -> None:
    shown = masked(of_person)
    assert (shown.license.holder.name, shown.license.holder.code) == ("刘*生", "440310**********01")
    assert NUMBER not in repr(dict(shown.license.attributes))
    assert "刘春生" not in repr(dict(shown.license.attributes))
    assert shown.license.attributes["subject"] == "语文"


def test_no_personal_value_stays_whatever_its_form(of_company: LicenseOfType) -> None:
    forms = [["王小满", "李明"], {"name": "王小满"}, 13800000001, [{"name": ["王小满"]}], True, None]
    for value in forms:
        attributes = {**of_company.license.attributes, "legal_representative": value}
        licence = replace(of_company.license, attributes=attributes)
        shown = repr(masked(replace(of_company, license=licence)).license.attributes["legal_representative"])
        assert not any(word in shown for word in ("王小满", "李明", "13800000001", "True", "None")), shown


def test_what_has_no_personal_data_stays_as_it_is(of_company: LicenseOfType) -> None:
    licence = replace(of_company.license, attributes={"premises": "坪山大道"})
    plain = replace(of_company, license=licence)
    assert masked(plain) == plain


def test_for_whom_the_mask_is_off(of_person: LicenseOfType) -> None:
    assert shown_to(service("workflow"), of_person) == of_person
    for_somebody = Actor(kind=ActorKind.PERSON, person_id="1", service="workflow")
    for actor in (issuer_of("amr"), holder_person(NUMBER), service("alerts"), for_somebody, ANONYMOUS):
        assert shown_to(actor, of_person).is_masked

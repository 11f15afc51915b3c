"""What may be asked, with which values, and on which consent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pingshan_e_license.domain.access import (
    check_holds_consent,
    check_may_request_consent,
    check_may_request_data,
    check_may_supervise,
    consent_scope,
)
from pingshan_e_license.domain.errors import (
    ConsentDecided,
    ConsentExpired,
    ConsentNotCovering,
    ConsentNotFound,
    ConsentNotGranted,
    ConsentUsedUp,
    ConsentWithdrawn,
    NoMandate,
    NotAllowed,
    OverAsked,
    RequestInvalid,
)
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.consent import Consent, ConsentState
from pingshan_e_license.domain.sharing.requirements import (
    check_asked,
    check_consent_terms,
    check_purpose,
    check_within,
)
from pingshan_values.actor import Actor, ActorKind

from tests.support.e_license.orders import holder_person, issuer_of, service, verifier
from tests.support.e_license.sharing import ITEMS

TODAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 1, tzinfo=UTC)
HOLDER = "440310199003070015"


@pytest.mark.parametrize(
    ("asked", "excess"),
    [
        (Asked(("legal_representative",), ()), "field"),
        (Asked((), (Question("sign_name_matches", {}),)), "predicate"),
        (Asked(("name",), (), ("food-business-permit",)), "type"),
    ],
)
def test_over_asking_is_refused(asked: Asked, excess: str) -> None:
    with pytest.raises(OverAsked) as refused:
        check_within(ITEMS["SI-01"], asked)
    assert refused.value.params["excess"] == excess


def test_what_was_over_asked_is_not_repeated_where_it_may_be_personal() -> None:
    with pytest.raises(OverAsked) as refused:
        check_within(ITEMS["SI-01"], Asked(("张三 440310199003070015",), ()))
    assert refused.value.params["name"] == "?"


def test_all_that_the_item_has_may_be_asked() -> None:
    item = ITEMS["SI-01"]
    asked = Asked(item.fields, (Question("is_valid", {"day": "2028-02-29"}),), item.license_types)
    check_within(item, asked)
    check_asked(item, asked)


@pytest.mark.parametrize(
    ("item", "predicate", "parameters"),
    [
        ("SI-01", "is_valid", {}),
        ("SI-01", "is_valid", {"day": "2027-02-29"}),
        ("SI-01", "is_valid", {"day": "20261130"}),
        ("SI-01", "is_valid", {"day": "2026-W48-1"}),
        ("SI-01", "is_valid", {"day": "２０２６-11-30"}),
        ("SI-01", "is_valid", {"day": "2026-11-30", "night": "x"}),
        ("SI-02", "sign_name_matches", {"sign_name": ""}),
        ("SI-02", "sign_name_matches", {"sign_name": "a\nb"}),
        ("SI-02", "sign_name_matches", {"sign_name": "x" * 201}),
        ("SI-11", "hukou_in:<district>", {"district": "440304"}),
    ],
)
def test_wrong_parameters_are_refused(item: str, predicate: str, parameters: dict[str, str]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        check_asked(ITEMS[item], Asked((), (Question(predicate, parameters),)))
    assert all(each.path.startswith("predicates.0.parameters.") for each in refused.value.violations)


@pytest.mark.parametrize(
    "asked",
    [
        Asked((), ()),
        Asked(("name", "name"), ()),
        Asked((), (Question("is_valid", {"day": "2026-11-30"}),) * 2),
        Asked((), (Question("is_valid", {"day": "2026-11-30"}),) * 21),
    ],
)
def test_nothing_and_twice_the_same_are_refused(asked: Asked) -> None:
    with pytest.raises(RequestInvalid):
        check_asked(ITEMS["SI-01"], asked)


def test_a_predicate_of_another_type_than_asked_for() -> None:
    asked = Asked((), (Question("land_use_is_valid", {"day": "2026-11-30"}),), ("works-planning-permit",))
    with pytest.raises(RequestInvalid):
        check_asked(ITEMS["SI-05"], asked)


@pytest.mark.parametrize("purpose", ["", " ", "a\nb", "x" * 201, "\u202e"])
def test_a_purpose_is_a_line(purpose: str) -> None:
    with pytest.raises(RequestInvalid):
        check_purpose(purpose)


def test_who_may_ask() -> None:
    item = ITEMS["SI-01"]
    check_may_request_data(verifier("water"), item, HOLDER)
    system = Actor(kind=ActorKind.CLIENT, client_id="w", organisation="water", roles=frozenset({"verifier"}))
    check_may_request_data(system, item, HOLDER)
    check_may_request_data(holder_person(HOLDER), item, HOLDER)
    check_may_request_consent(service("e-license"), item)
    with pytest.raises(OverAsked) as other:
        check_may_request_data(verifier("urban"), item, HOLDER)
    assert other.value.params["excess"] == "requester"
    with pytest.raises(NoMandate):
        check_may_request_data(holder_person("440310198502140001"), item, HOLDER)
    for nobody in (
        replace(verifier("water"), roles=frozenset()),
        replace(system, organisation=None),
        service("alerts"),
    ):
        with pytest.raises(NotAllowed):
            check_may_request_data(nobody, item, HOLDER)
    with pytest.raises(NotAllowed):
        check_may_request_consent(holder_person(HOLDER), item)


def test_who_supervises() -> None:
    check_may_supervise(replace(verifier("data"), roles=frozenset({"supervisor"})))
    for other in (issuer_of("amr"), holder_person(HOLDER)):
        with pytest.raises(NotAllowed):
            check_may_supervise(other)


def test_whose_consents() -> None:
    assert consent_scope(holder_person(HOLDER)) is None
    assert consent_scope(verifier("education")) == "education"
    with pytest.raises(NotAllowed):
        consent_scope(replace(verifier("education"), roles=frozenset()))
    check_holds_consent(holder_person(HOLDER), a_consent())
    with pytest.raises(ConsentNotFound):
        check_holds_consent(holder_person(), a_consent())


def a_consent(**changed: Any) -> Consent:
    consent = Consent(
        consent_id=UUID(int=1),
        item="SI-15",
        requester="education",
        holder_code=HOLDER,
        purpose="2026 年秋季学位",
        fields=("lease_from",),
        predicates=("is_tenant_at",),
        uses=1,
        uses_left=1,
        expires_on=TODAY,
        requested_at=AT,
    )
    return replace(consent, **changed)


GRANTED = {"state": ConsentState.GRANTED}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, ConsentNotGranted),
        ({"state": ConsentState.REFUSED}, ConsentNotGranted),
        ({"state": ConsentState.WITHDRAWN}, ConsentWithdrawn),
        (GRANTED | {"expires_on": TODAY - timedelta(days=1)}, ConsentExpired),
        (GRANTED | {"uses_left": 0}, ConsentUsedUp),
    ],
)
def test_a_consent_that_may_not_be_used(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        a_consent(**changed).used(TODAY)
    assert not a_consent(**changed).is_usable(TODAY)


def test_a_use_counts() -> None:
    consent = a_consent(**GRANTED)
    assert consent.is_usable(TODAY)
    assert consent.used(TODAY).uses_left == 0


def test_decisions() -> None:
    assert a_consent().is_open(TODAY)
    granted = a_consent().granted(AT, TODAY)
    assert (granted.state, granted.decided_at) == (ConsentState.GRANTED, AT)
    assert granted.withdrawn(AT).withdrawn_at == AT
    assert a_consent().refused(AT, TODAY).state is ConsentState.REFUSED
    for decided in (granted, granted.withdrawn(AT), a_consent(state=ConsentState.REFUSED)):
        with pytest.raises(ConsentDecided):
            decided.granted(AT, TODAY)
        with pytest.raises(ConsentDecided):
            decided.refused(AT, TODAY)
    with pytest.raises(ConsentDecided):
        a_consent().withdrawn(AT)
    with pytest.raises(ConsentExpired):
        a_consent().granted(AT, TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"item": "SI-16"},
        {"holder_code": "440310198502140001"},
        {"purpose": "2027 年秋季学位"},
        {"fields": ("lease_from", "lease_to")},
        {"predicates": ("is_dwelling",)},
    ],
)
def test_a_consent_covers_what_it_names_only(changed: dict[str, Any]) -> None:
    same: dict[str, Any] = {
        "item": "SI-15",
        "holder_code": HOLDER,
        "purpose": "2026 年秋季学位",
        "fields": ("lease_from",),
        "predicates": (),
    }
    a_consent().check_covers(**same)
    with pytest.raises(ConsentNotCovering):
        a_consent().check_covers(**same | changed)


@pytest.mark.parametrize(
    ("item", "uses", "days"),
    [("SI-01", 1, 30), ("SI-15", 0, 30), ("SI-15", 21, 30), ("SI-15", 1, -1), ("SI-15", 1, 367)],
)
def test_terms_of_a_consent(item: str, uses: int, days: int) -> None:
    asked = Asked((), (Question(next(iter(ITEMS[item].predicates)), {}),))
    check_consent_terms(ITEMS["SI-15"], asked, 1, TODAY, TODAY)
    with pytest.raises(RequestInvalid):
        check_consent_terms(ITEMS[item], asked, uses, TODAY + timedelta(days=days), TODAY)

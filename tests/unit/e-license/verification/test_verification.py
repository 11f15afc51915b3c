from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType, Standing, State
from pingshan_e_license.domain.verification.conclusion import (
    Result,
    Verification,
    conclude,
    examine,
    shown_attributes,
    shown_holder,
)

from tests.support.e_license.orders import a_license

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STRICT = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.C"
LEGACY = STRICT[:-1] + "E"


def answer(
    text: str, found: LicenseOfType | None, *, signature_holds: bool = True, day: date = date(2026, 11, 22)
) -> Verification:
    return conclude(examine(text), found, signature_holds=signature_holds, day=day, as_of=NOW)


@pytest.fixture
def found(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    return LicenseOfType(a_license(STRICT), catalogue["food-business-permit"])


def codes(verification: Verification) -> dict[str, bool]:
    return {each.code: each.passed for each in verification.checks}


def test_valid(found: LicenseOfType) -> None:
    got = answer(STRICT, found)
    assert (got.result, got.state) == (Result.VALID, State.VALID)
    assert codes(got) == dict.fromkeys(["form", "check_character", "issued_here", "signature", "period", "state"], True)


def test_the_legacy_variant_is_recognised_and_named(found: LicenseOfType) -> None:
    got = answer(LEGACY, found)
    assert got.result is Result.VALID
    assert "legacy-variant" in got.checks[1].sentence.zh
    assert "legacy-variant" in got.checks[1].sentence.en


@pytest.mark.parametrize("text", ["", "伪造", STRICT.lower(), STRICT + "\n", "1.2.3"])
def test_malformed(text: str) -> None:
    got = answer(text, None)
    assert got.result is Result.MALFORMED
    assert codes(got) == {"form": False}


def test_wrong_check_character() -> None:
    got = answer(STRICT[:-1] + "0", None)
    assert got.result is Result.MALFORMED
    assert codes(got) == {"form": True, "check_character": False}


def test_unknown_is_never_called_forged() -> None:
    got = answer(STRICT, None)
    assert got.result is Result.UNKNOWN
    assert codes(got)["issued_here"] is False
    words = " ".join(each.sentence.zh + each.sentence.en for each in got.checks).lower()
    assert "伪" not in words.replace("真伪", "")
    assert "forged" not in words
    assert "fake" not in words


def test_a_broken_signature_confirms_nothing(found: LicenseOfType) -> None:
    got = answer(STRICT, found, signature_holds=False)
    assert (got.result, got.state, got.found) == (Result.UNKNOWN, None, None)
    assert codes(got)["signature"] is False


@pytest.mark.parametrize(
    ("day", "state"), [(date(2031, 11, 22), State.EXPIRED), (date(2026, 11, 21), State.NOT_YET_VALID)]
)
def test_outside_its_period(found: LicenseOfType, day: date, state: State) -> None:
    got = answer(STRICT, found, day=day)
    assert (got.result, got.state) == (Result.NOT_VALID, state)
    assert codes(got)["period"] is False


def test_revoked(found: LicenseOfType) -> None:
    revoked = LicenseOfType(replace(found.license, standing=Standing.REVOKED), found.type)
    got = answer(STRICT, revoked)
    assert (got.result, got.state) == (Result.NOT_VALID, State.REVOKED)
    assert codes(got)["state"] is False


def test_a_holder_who_is_a_person_is_not_shown(found: LicenseOfType) -> None:
    assert shown_holder(found) == found.license.holder
    person = replace(found.license, holder=Holder("王小满", "11010519491231002X", "111"))
    assert shown_holder(LicenseOfType(person, found.type)) is None


def test_only_public_attributes_are_shown(found: LicenseOfType) -> None:
    assert set(shown_attributes(found)) == {"operator_name", "business_form", "business_items", "premises"}


def test_what_the_credential_hides_no_verification_shows(
    catalogue: dict[str, LicenseType], found: LicenseOfType
) -> None:
    """A business licence's legal representative is personal, although the catalogue lists it as public."""
    of_type = catalogue["business-licence"]
    values = {each.name: each.zh for each in of_type.attributes}
    shown = shown_attributes(LicenseOfType(replace(found.license, attributes=values), of_type))
    assert "unified_social_credit_code" in shown
    assert "legal_representative" not in shown
    for each in catalogue.values():
        assert each.personal_attributes.isdisjoint(each.public_fields)

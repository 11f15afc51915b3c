from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import unsigned_credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier
from pingshan_e_license.domain.issuing.issuer_key import ES256, IssuerKey
from pingshan_e_license.domain.license import Decision, LicenseOfType, Standing, State
from pingshan_e_license.domain.verification.conclusion import (
    Evidence,
    Result,
    StoredLicense,
    Verification,
    conclude,
    doubt_of,
    examine,
    shown_attributes,
    shown_holder,
)
from pingshan_e_license.domain.verification.signed_content import SignedContent, signed_content

from tests.support.e_license.orders import a_license

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STRICT = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.C"
LEGACY = STRICT[:-1] + "E"


KEY = IssuerKey("k", "amr", ES256, {}, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def decisions(found: LicenseOfType) -> tuple[Decision, ...]:
    """The issue, and what led to the standing."""
    issued = Decision(1, Standing.VALID, found.license.period.begins_at, found.license.issued_at)
    if found.license.standing is Standing.VALID:
        return (issued,)
    return (issued, Decision(2, found.license.standing, NOW, NOW))


def said(found: LicenseOfType) -> SignedContent:
    """What the credential of the licence says, as a signature that holds covers it."""
    unsigned = unsigned_credential(
        found.type,
        Identifier("11440310TEXT00017P002", "11440310TEXT00017P", "JY24403100000002", 1),
        found.license.holder,
        found.license.attributes,
        found.license.period,
        issuer="http://localhost",
        issued_at=found.license.issued_at,
        salt=new_salt,
        status={"status_list": {"idx": 1, "uri": "http://localhost/status-lists/food-business-permit/1"}},
    )
    return signed_content(dict(unsigned.claims), unsigned.disclosures)


def answer(
    text: str,
    found: LicenseOfType | None,
    *,
    signed: LicenseOfType | None = None,
    decided: tuple[Decision, ...] | None = None,
    key: IssuerKey = KEY,
    day: date = date(2026, 11, 22),
) -> Verification:
    """`signed` and `decided` are what stands behind `found`, where that is something else."""
    if found is None:
        return conclude(examine(text), None, Evidence(), day=day, as_of=NOW)
    stored = StoredLicense(found, decisions(found) if decided is None else decided)
    return conclude(examine(text), stored, Evidence(said(signed or found), key), day=day, as_of=NOW)


@pytest.fixture
def found(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    return LicenseOfType(a_license(STRICT), catalogue["food-business-permit"])


CODES = [
    "form",
    "check_character",
    "issued_here",
    "signature",
    "issuer_key",
    "content",
    "decisions",
    "period",
    "state",
]


def codes(verification: Verification) -> dict[str, bool]:
    return {each.code: each.passed for each in verification.checks}


def test_valid(found: LicenseOfType) -> None:
    got = answer(STRICT, found)
    assert (got.result, got.state) == (Result.VALID, State.VALID)
    assert codes(got) == dict.fromkeys(CODES, True)


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
    stored = StoredLicense(found, decisions(found))
    for evidence in (Evidence(), Evidence(None, KEY)):
        got = conclude(examine(STRICT), stored, evidence, day=date(2026, 11, 22), as_of=NOW)
        assert (got.result, got.state, got.found) == (Result.UNKNOWN, None, None)
        assert codes(got)["signature"] is False


def test_what_is_not_as_signed_confirms_nothing(found: LicenseOfType) -> None:
    changed = LicenseOfType(replace(found.license, attributes={}), found.type)
    got = answer(STRICT, changed, signed=found)
    assert (got.result, got.state, got.found) == (Result.UNKNOWN, None, None)
    assert [code for code, passed in codes(got).items() if not passed] == ["content"]


@pytest.mark.parametrize(
    "key",
    [
        replace(KEY, agency="health"),
        replace(KEY, not_before=datetime(2026, 11, 23, tzinfo=UTC)),
        replace(KEY, not_after=datetime(2026, 11, 21, tzinfo=UTC)),
        replace(KEY, revoked_at=datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_a_key_that_did_not_count_confirms_nothing(found: LicenseOfType, key: IssuerKey) -> None:
    got = answer(STRICT, found, key=key)
    assert got.result is Result.UNKNOWN
    assert [code for code, passed in codes(got).items() if not passed] == ["issuer_key"]


def test_the_state_follows_from_the_decisions(found: LicenseOfType) -> None:
    revoked = LicenseOfType(replace(found.license, standing=Standing.REVOKED), found.type)
    for columns, decided in (
        (found, decisions(revoked)),
        (revoked, decisions(found)),
        (found, ()),
        (found, decisions(revoked)[1:]),
    ):
        got = answer(STRICT, columns, signed=found, decided=decided)
        assert got.result is Result.UNKNOWN
        assert codes(got)["decisions"] is False


def test_each_doubt_has_its_sentence(found: LicenseOfType) -> None:
    for code in ("signature", "issuer_key", "content", "decisions"):
        assert doubt_of(code).zh != doubt_of(code).en


@pytest.mark.parametrize(
    ("day", "state"), [(date(2031, 11, 22), State.EXPIRED), (date(2026, 11, 21), State.NOT_YET_VALID)]
)
def test_outside_its_period(found: LicenseOfType, day: date, state: State) -> None:
    got = answer(STRICT, found, day=day)
    assert (got.result, got.state) == (Result.NOT_VALID, state)
    assert codes(got)["period"] is False


def test_revoked(found: LicenseOfType) -> None:
    revoked = LicenseOfType(replace(found.license, standing=Standing.REVOKED), found.type)
    got = answer(STRICT, revoked, signed=found)
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

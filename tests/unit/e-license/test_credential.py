import json
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime
from itertools import count

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import (
    Unsigned,
    disclosed_digests,
    unsigned_credential,
)
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier
from pingshan_e_license.domain.validity import Period

HOLDER = Holder("刘春生", "440310198502140001", "111")
TEACHER = {
    "holder_name": "刘春生",
    "id_number": "440310198502140001",
    "qualification_kind": "小学",
    "subject": "语文",
    "certified_on": "2019-07-01",
}
STATUS = {"status_list": {"idx": 7, "uri": "http://localhost:18082/status-lists/teacher-qualification/1"}}
IDENTIFIER = Identifier("11440310TEXT00033D003", "11440310TEXT00033D", "1", 1)


def unsigned(license_type: LicenseType, period: Period = Period(date(2026, 11, 22), None)) -> Unsigned:  # noqa: B008
    salts = count()
    return unsigned_credential(
        license_type,
        IDENTIFIER,
        HOLDER,
        TEACHER,
        period,
        issuer="http://localhost:18082",
        issued_at=datetime(2026, 11, 22, 1, tzinfo=UTC),
        salt=lambda: f"salt-{next(salts)}",
        status=STATUS,
    )


def decoded(disclosure: str) -> list[str]:
    content: list[str] = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return content


def test_the_signed_part_carries_no_personal_data(catalogue: dict[str, LicenseType]) -> None:
    text = json.dumps(unsigned(catalogue["teacher-qualification"]).claims, ensure_ascii=False)
    for personal in ("刘春生", "440310198502140001", "2019-07-01", "语文"):
        assert personal not in text


def test_disclosures_hold_what_is_not_public(catalogue: dict[str, LicenseType]) -> None:
    made = unsigned(catalogue["teacher-qualification"])
    pairs = {decoded(each)[1]: decoded(each)[2] for each in made.disclosures}
    assert pairs == {**TEACHER, "name": HOLDER.name, "code": HOLDER.code, "code_type": "111"}
    assert len({decoded(each)[0] for each in made.disclosures}) == len(made.disclosures)


def test_public_attributes_stand_in_the_open(catalogue: dict[str, LicenseType]) -> None:
    permit = catalogue["drainage-permit"]
    made = unsigned_credential(
        permit,
        IDENTIFIER,
        Holder("甲公司", "11440310TEXT00017P", "001"),
        {"drainer": "甲公司", "outlet_count": 1},
        Period(date(2026, 11, 22), date(2031, 11, 21)),
        issuer="http://localhost:18082",
        issued_at=datetime(2026, 11, 22, tzinfo=UTC),
        salt=lambda: "salt",
        status=STATUS,
    )
    assert made.claims["attributes"]["drainer"] == "甲公司"
    assert "outlet_count" not in made.claims["attributes"]
    assert made.claims["exp"] == int(datetime(2031, 11, 21, 16, tzinfo=UTC).timestamp())
    assert made.claims["nbf"] == int(datetime(2026, 11, 21, 16, tzinfo=UTC).timestamp())
    assert made.claims["vct"] == "http://localhost:18082/v1/license-types/drainage-permit"


def test_the_status_stands_in_the_open(catalogue: dict[str, LicenseType]) -> None:
    assert unsigned(catalogue["teacher-qualification"]).claims["status"] == STATUS


def test_a_permanent_licence_has_no_expiry(catalogue: dict[str, LicenseType]) -> None:
    assert "exp" not in unsigned(catalogue["teacher-qualification"]).claims


def test_digests_by_a_known_answer() -> None:
    """The disclosure and digest of RFC 9901 section 4.2.3."""
    disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert disclosed_digests([disclosure]) == ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]

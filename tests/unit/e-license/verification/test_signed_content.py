"""What a credential says, and every way in which its disclosures or its signature are refused."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pingshan_e_license.clients.signer import Signer, new_key, new_salt, published
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential, Unsigned, disclosed_digests, unsigned_credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier
from pingshan_e_license.domain.issuing.issuer_key import ES256, IssuerKey
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.domain.verification.signed_content import ContentRefused, contradictions, signed_content

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, a_license

IDENTIFIER = Identifier("11440310TEXT00017P002", "11440310TEXT00017P", "JY24403100000002", 1)
ISSUED_AT = datetime(2026, 11, 22, tzinfo=UTC)
HOLDER = Holder(COMPANY_NAME, COMPANY_CODE, "001")


def unsigned(catalogue: dict[str, LicenseType]) -> Unsigned:
    return unsigned_credential(
        catalogue["food-business-permit"],
        IDENTIFIER,
        HOLDER,
        PERMIT,
        Period(date(2026, 11, 22), date(2031, 11, 21)),
        issuer="http://localhost:18082",
        issued_at=ISSUED_AT,
        salt=new_salt,
        status={"status_list": {"idx": 1, "uri": "http://localhost/status-lists/food-business-permit/1"}},
    )


def disclosure(*content: Any) -> str:
    return text_of(json.dumps(content).encode())


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_disclosure(made: Unsigned, added: str, member: str = "attributes") -> tuple[dict[str, Any], tuple[str, ...]]:
    """The issuer signs one more digest: what is refused is so by whatever stands in the disclosure."""
    claims = json.loads(json.dumps(made.claims))
    claims[member]["_sd"].extend(disclosed_digests([added]))
    return claims, (*made.disclosures, added)


def test_what_was_issued_is_read_again(catalogue: dict[str, LicenseType]) -> None:
    made = unsigned(catalogue)
    said = signed_content(dict(made.claims), made.disclosures)
    assert said.attributes == PERMIT
    assert said.holder == {"name": COMPANY_NAME, "code": COMPANY_CODE, "code_type": "001"}
    assert (said.identifier, said.type) == (str(IDENTIFIER), "food-business-permit")
    kept = LicenseOfType(a_license(str(IDENTIFIER)), catalogue["food-business-permit"])
    assert contradictions(kept, said) == []


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("holder", {"holder": Holder("别的公司", COMPANY_CODE, "001")}),
        ("attributes", {"attributes": PERMIT | {"premises": "别处"}}),
        ("expires_on", {"period": Period(date(2026, 11, 22), None)}),
        ("effective_on", {"period": Period(date(2026, 11, 23), date(2031, 11, 21))}),
        ("issued_at", {"issued_at": datetime(2026, 11, 23, tzinfo=UTC)}),
        ("agency", {"agency": "health"}),
        ("type", {"type": "drainage-permit"}),
        ("serial_number", {"serial_number": "X"}),
        ("serial_number", {"version": 2}),
        ("identifier", {"identifier": str(replace(IDENTIFIER, version=2))}),
    ],
)
def test_each_field_is_compared(catalogue: dict[str, LicenseType], name: str, changed: dict[str, Any]) -> None:
    made = unsigned(catalogue)
    said = signed_content(dict(made.claims), made.disclosures)
    kept = LicenseOfType(replace(a_license(str(IDENTIFIER)), **changed), catalogue["food-business-permit"])
    assert name in contradictions(kept, said)


@pytest.mark.parametrize("name", ["iss", "exp", "nbf", "iat", "status", "cnf", "vct", "sub", "_sd", "...", "_sd_alg"])
def test_reserved_names_are_smuggled_in_no_disclosure(catalogue: dict[str, LicenseType], name: str) -> None:
    claims, disclosures = with_disclosure(unsigned(catalogue), disclosure("salt", name, "x"))
    with pytest.raises(ContentRefused):
        signed_content(claims, disclosures)


@pytest.mark.parametrize(
    "added",
    [
        disclosure("salt", "premises", "a name that stands in the open"),
        disclosure("salt", "legal_representative", "a name that another disclosure has"),
        disclosure("salt", "two of a triple"),
        disclosure("salt", "four", "of a", "triple"),
        disclosure(1, "name", "salt that is no text"),
        disclosure("salt", 1, "name that is no text"),
        disclosure("salt", "digests", {"_sd": ["x"]}),
        disclosure("salt", "an array's", [{"...": "x"}]),
        text_of(b"{}"),
        text_of(b"no JSON"),
        text_of(b'["salt","twice","a","b"]'),
        disclosure("salt", "padded", "x") + "=",
        "WyJzIiwibiIsMV1=",
        "WyJzIiwibiIsMV0.",
        "WyJzIiwibiIsMV1",
        "é",
    ],
)
def test_wrong_disclosures(catalogue: dict[str, LicenseType], added: str) -> None:
    made = unsigned(catalogue)
    if added.isascii():
        claims, disclosures = with_disclosure(made, added)
    else:
        claims, disclosures = dict(made.claims), (*made.disclosures, added)
    with pytest.raises(ContentRefused):
        signed_content(claims, disclosures)


def _unreferenced(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims), (*made.disclosures, disclosure("salt", "more", "x"))


def _twice(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims), (*made.disclosures, made.disclosures[0])


def _withheld(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims), made.disclosures[1:]


def _digest_twice(made: Unsigned) -> tuple[Any, Any]:
    claims = json.loads(json.dumps(made.claims))
    claims["attributes"]["_sd"].append(claims["holder"]["_sd"][0])
    return claims, made.disclosures


def _at_the_top(made: Unsigned) -> tuple[Any, Any]:
    added = disclosure("salt", "more", "x")
    return dict(made.claims) | {"_sd": disclosed_digests([added])}, (*made.disclosures, added)


def _sha_1(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims) | {"_sd_alg": "sha-1"}, made.disclosures


def _other_vct(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims) | {"vct": "http://elsewhere/v1/license-types/food-business-permit"}, made.disclosures


def _no_object(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims) | {"holder": "x"}, made.disclosures


def _text_for_a_time(made: Unsigned) -> tuple[Any, Any]:
    return dict(made.claims) | {"exp": "never"}, made.disclosures


def _array(made: Unsigned) -> tuple[Any, Any]:
    return [], made.disclosures


@pytest.mark.parametrize(
    "spoil",
    [
        _unreferenced,
        _twice,
        _withheld,
        _digest_twice,
        _at_the_top,
        _sha_1,
        _other_vct,
        _no_object,
        _text_for_a_time,
        _array,
    ],
)
def test_refused(catalogue: dict[str, LicenseType], spoil: Callable[[Unsigned], tuple[Any, Any]]) -> None:
    claims, disclosures = spoil(unsigned(catalogue))
    with pytest.raises(ContentRefused):
        signed_content(claims, disclosures)


def test_a_holder_may_withhold(catalogue: dict[str, LicenseType]) -> None:
    made = unsigned(catalogue)
    said = signed_content(dict(made.claims), (), whole=False)
    assert said.holder == {}
    assert "legal_representative" not in said.attributes


def a_key() -> tuple[IssuerKey, str]:
    kid, private_jwk, public_jwk = new_key()
    return IssuerKey(kid, "amr", ES256, public_jwk, ISSUED_AT, datetime(2027, 11, 22, tzinfo=UTC)), private_jwk


def test_signed_and_read(catalogue: dict[str, LicenseType]) -> None:
    signer, (key, private_jwk) = Signer(), a_key()
    credential = signer.sign(unsigned(catalogue), key, private_jwk)
    said = signer.content(credential, key)
    assert said is not None
    assert said.attributes == PERMIT
    header = json.loads(urlsafe_b64decode(credential.jwt.split(".")[0] + "=="))
    assert header == {"alg": "ES256", "typ": "dc+sd-jwt", "kid": key.kid}
    assert signer.kid(credential) == key.kid
    assert published(key).keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def spoiled_jwts(jwt: str) -> list[str]:
    head, body, signature = jwt.split(".")
    header = json.loads(urlsafe_b64decode(head + "=="))

    def with_header(**changed: Any) -> str:
        return f"{text_of(json.dumps(header | changed).encode())}.{body}.{signature}"

    return [
        "",
        "not a token",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        f"{head}.{body[:-2]}AA.{signature}",
        f"{head}.{body}.{signature[:-2]}AA",
        f"{head}.{body}.{signature}=",
        f"{head}.{body}.",
        with_header(alg="none"),
        with_header(alg="HS256"),
        with_header(typ="vc+sd-jwt"),
        with_header(typ="JWT"),
        with_header(kid="another"),
        with_header(crit=["exp"]),
        with_header(jwk={"kty": "EC"}),
    ]


@pytest.mark.parametrize("number", range(15))
def test_spoiled_signatures(catalogue: dict[str, LicenseType], number: int) -> None:
    signer, (key, private_jwk) = Signer(), a_key()
    credential = signer.sign(unsigned(catalogue), key, private_jwk)
    spoiled = Credential(spoiled_jwts(credential.jwt)[number], credential.disclosures)
    assert signer.content(spoiled, key) is None


def test_another_key_and_a_key_under_a_foreign_name(catalogue: dict[str, LicenseType]) -> None:
    signer, (key, private_jwk) = Signer(), a_key()
    credential = signer.sign(unsigned(catalogue), key, private_jwk)
    other, other_private = a_key()
    assert signer.content(credential, other) is None
    pretended = replace(other, kid=key.kid)
    assert signer.content(credential, pretended) is None, "a kid is its key's thumbprint"
    forged = signer.sign(unsigned(catalogue), pretended, other_private)
    assert Signer().content(forged, pretended) is None

"""The code that is verified without a network: small enough to print, signed, and of nothing personal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import base45
import cbor2
import pytest
import segno
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey
from pingshan_e_license.clients.signer import Signer, new_key
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.issuing.issuer_key import ES256, IssuerKey
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.renditions.offline_code import (
    MOST_PRINTED,
    PREFIX,
    claims_of,
    code_of,
    decoded,
    payloads_of,
)

from tests.support.e_license.orders import COMPANY_NAME, PERMIT, a_license

IDENTIFIER = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.K"


def a_key() -> tuple[IssuerKey, str]:
    kid, private_jwk, public_jwk = new_key()
    year = datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 11, 22, tzinfo=UTC)
    return IssuerKey(kid, "amr", ES256, public_jwk, *year), private_jwk


KEY, PRIVATE = a_key()


@pytest.fixture
def permit(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    return LicenseOfType(a_license(IDENTIFIER), catalogue["food-business-permit"])


def signing(key: IssuerKey = KEY, private_jwk: str = PRIVATE) -> Callable[[bytes], bytes]:
    return partial(Signer().sign_offline, key=key, private_jwk=private_jwk)


def test_it_says_what_hangs_on_the_wall(permit: LicenseOfType) -> None:
    text = code_of(permit, signing())
    signed = decoded(text)
    assert signed is not None
    claims = claims_of(Signer().offline_payload(signed, [KEY]) or b"")
    assert claims is not None
    assert (claims.identifier, claims.type, claims.holder) == (IDENTIFIER, "food-business-permit", COMPANY_NAME)
    shown = {"premises", "business_form", "business_items"}
    assert claims.attributes == {name: PERMIT[name] for name in shown}
    assert (claims.begins_at, claims.ends_at) == (permit.license.period.begins_at, permit.license.period.ends_at)
    assert PERMIT["legal_representative"] not in str(claims)


def test_a_food_permit_fits_version_14(permit: LicenseOfType) -> None:
    made = segno.make(code_of(permit, signing()), error="m", boost_error=False)
    assert made.mode == "alphanumeric"
    assert int(made.version) <= 14


def test_what_is_long_is_left_out_before_what_is_short(permit: LicenseOfType) -> None:
    attributes = PERMIT | {"business_items": [f"{(number + 7) ** 20}" for number in range(50)]}
    text = code_of(replace(permit, license=replace(permit.license, attributes=attributes)), signing())
    claims = claims_of(Signer().offline_payload(decoded(text) or b"", [KEY]) or b"")
    assert claims is not None
    assert claims.attributes.keys() == {"premises", "business_form"}
    assert len(text) <= MOST_PRINTED


def test_the_same_licence_has_the_same_code(permit: LicenseOfType) -> None:
    assert signing()(next(payloads_of(permit))) == signing()(next(payloads_of(permit)))


def test_it_is_a_cose_sign1_by_the_letter_of_rfc_9052(permit: LicenseOfType) -> None:
    """Verified here by nothing of ours but the published key."""
    text = code_of(permit, signing())
    import zlib

    tag = cbor2.loads(zlib.decompress(base45.b45decode(text.removeprefix(PREFIX)), wbits=-15))
    protected, unprotected, payload, signature = tag.value
    assert (tag.tag, unprotected, cbor2.loads(protected)[1]) == (18, {}, -7)
    message = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    ECKey.import_key(dict(KEY.public_jwk)).public_key.verify(
        encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256())
    )


def test_a_changed_code_or_another_key(permit: LicenseOfType) -> None:
    signed = signing()(next(payloads_of(permit)))
    assert Signer().offline_payload(signed.replace("坪山大道".encode(), "深南大道".encode()), [KEY]) is None
    assert Signer().offline_payload(signed[:-1] + bytes([signed[-1] ^ 1]), [KEY]) is None
    another, _ = a_key()
    assert Signer().offline_payload(signed, []) is None
    assert Signer().offline_payload(signed, [another]) is None
    assert Signer().offline_payload(signed, [replace(another, kid=KEY.kid)]) is None
    assert Signer().offline_payload(signed, [another, KEY]) is not None


@pytest.mark.parametrize("text", ["", PREFIX, PREFIX + "!", PREFIX + "ABC" * 2_000, IDENTIFIER, PREFIX + "zz"])
def test_what_is_no_code(text: str) -> None:
    assert decoded(text) is None


def test_a_bomb_is_not_unpacked() -> None:
    import zlib

    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(b"\0" * 1_000_000) + packer.flush()
    assert decoded(PREFIX + base45.b45encode(packed).decode()) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        cbor2.dumps([]),
        cbor2.dumps({}),
        cbor2.dumps({-65537: [1], 5: 1}),
        cbor2.dumps({-65537: ["", "", "", 3], 5: 1}),
        cbor2.dumps({-65537: ["", "", "", {}], 5: 1 << 63}),
    ],
)
def test_payloads_of_somebody_else(payload: bytes) -> None:
    assert claims_of(payload) is None


@pytest.mark.parametrize(
    "signed",
    [
        b"",
        b"\xff",
        cbor2.dumps(3),
        cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b"", b""])),
        cbor2.dumps(cbor2.CBORTag(18, 1)),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {}, b"", b"\0" * 64])),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7, 4: KEY.kid[:11].encode()}), {}, b"", b"\0" * 64])),
    ],
    ids=["nothing", "no CBOR", "a number", "an empty head", "no list", "no kid", "no signature"],
)
def test_what_is_no_cose(signed: bytes) -> None:
    assert Signer().offline_payload(signed, [KEY]) is None

"""Key sets of clients: public, strong, and told apart (RFC 7517, RFC 7591 section 2, RFC 8725)."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pingshan_identity.domain.clients.client_keys import check_jwks, named_key
from pingshan_identity.domain.oauth_error import OAuthError

EC: dict[str, Any] = dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"kid": "ec"}
RSA: dict[str, Any] = dict(RSAKey.generate_key(2048).as_dict(private=False)) | {"kid": "rsa"}
ED: dict[str, Any] = dict(OKPKey.generate_key("Ed25519").as_dict(private=False)) | {"kid": "ed"}


def test_good_sets() -> None:
    assert check_jwks({"keys": [EC, RSA, ED]}) == {"keys": [EC, RSA, ED]}
    assert check_jwks({"keys": [{name: value for name, value in EC.items() if name != "kid"}]})
    assert check_jwks({"keys": [EC, {**RSA, "kid": None}]})


def test_only_what_verifies_signatures_is_kept() -> None:
    p384 = dict(ECKey.generate_key("P-384").as_dict(private=False)) | {"kid": "p384"}
    others = [p384, {**RSA, "use": "enc"}, {**EC, "alg": "ECDH-ES"}, {"kty": "AKP", "kid": "pq"}]
    assert check_jwks({"keys": [*others, {**EC, "x5c": ["…"]}]}) == {"keys": [EC]}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"keys": []},
        {"keys": {}},
        {"keys": ["x"]},
        {"keys": [EC] * 11},
        {"keys": [EC, EC]},
        {"keys": [EC, {**EC, "kid": None}]},
        {"keys": [dict(ECKey.generate_key("P-256").as_dict(private=True))]},
        {"keys": [dict(ECKey.generate_key("P-384").as_dict(private=False))]},
        {"keys": [dict(OctKey.generate_key(256).as_dict(private=True))]},
        {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
        {"keys": [{**RSA, "n": RSA["n"] * 5}]},
        {"keys": [{**RSA, "n": RSA["n"] * 4, "e": "AQABAQABAQAB"}]},
        {"keys": [{**EC, "use": "enc"}]},
        {"keys": [EC, {**EC, "kid": "x" * 1_401}]},
    ],
)
def test_bad_sets(document: Any) -> None:
    with pytest.raises(OAuthError, match="invalid_client_metadata"):
        check_jwks(document)


def test_the_key_is_chosen_by_kid_and_algorithm() -> None:
    jwks = {"keys": [EC, RSA, ED]}
    assert named_key(jwks, "ec", "ES256") == EC
    for no_text in ([], {}, 1, True):
        assert named_key(jwks, no_text, "ES256") is None
    assert named_key(jwks, None, "RS256") == RSA
    assert named_key(jwks, "ed", "EdDSA") == named_key(jwks, "ed", "Ed25519") == ED
    assert named_key(jwks, "ec", "RS256") is None
    assert named_key(jwks, "nobody", "ES256") is None
    assert named_key(None, "ec", "ES256") is None
    assert named_key({"keys": [EC, {**EC, "kid": "ec2"}]}, None, "ES256") is None
    assert named_key({"keys": [{**EC, "use": "enc"}]}, None, "ES256") is None
    assert named_key(jwks, "rsa", "PS256") == named_key(jwks, "rsa", "RS256") == RSA
    assert named_key({"keys": [{**RSA, "alg": "RS256"}]}, "rsa", "PS256") is None
    assert named_key({"keys": [{**ED, "alg": "Ed25519"}]}, "ed", "EdDSA")

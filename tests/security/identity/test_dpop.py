"""Proofs of possession that prove nothing (RFC 9449 section 4.3), at the token endpoint."""

import json
import time
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey

from tests.support.identity.dpop import DpopKey
from tests.support.identity.parties import Identity


@pytest.fixture(scope="module")
def url(identity: Identity) -> str:
    return f"{identity.url}/token"


def error_of(identity: Identity, proof: str) -> str | None:
    form = {"grant_type": "client_credentials", "audience": "e-license"}
    return identity.machine().token(form, headers={"DPoP": proof}).json().get("error")


def test_a_right_proof_is_taken_once(identity: Identity, url: str) -> None:
    proof = DpopKey().proof("POST", f"{url}?ignored=1#too")
    assert error_of(identity, proof) is None
    assert error_of(identity, proof) == "invalid_dpop_proof"


@pytest.mark.parametrize(("name", "first"), [("01234567坪山🙂", None), ("01234567\ud800", "invalid_dpop_proof")])
def test_a_proof_with_whatever_name_is_taken_once(identity: Identity, url: str, name: str, first: str | None) -> None:
    """A lone surrogate is no text (RFC 8259 section 8.2), and is taken not even once."""
    key = DpopKey()
    claims = {"jti": name, "htm": "POST", "htu": url, "iat": int(time.time())}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.key.as_dict(private=False)}
    proof = jws.serialize_compact(header, json.dumps(claims).encode(), key.key)
    assert error_of(identity, proof) == first
    assert error_of(identity, proof) == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "GET"},
        {"htm": None},
        {"htu": "https://attacker.example/token"},
        {"htu": "http://localhost/token"},
        {"htu": None},
        {"iat": int(time.time()) - 120},
        {"iat": int(time.time()) + 86_400},
        {"iat": None},
        {"iat": "now"},
        {"jti": None},
        {"jti": "short"},
    ],
)
def test_a_claim_that_is_wrong(identity: Identity, url: str, changed: dict[str, Any]) -> None:
    assert error_of(identity, DpopKey().proof("POST", url, **changed)) == "invalid_dpop_proof"


def test_a_header_that_is_wrong(identity: Identity, url: str) -> None:
    key = DpopKey()
    stranger, private = DpopKey().key.as_dict(private=False), key.key.as_dict(private=True)
    for header in ({"typ": "JWT"}, {"jwk": stranger}, {"jwk": private}, {"crit": ["kid"], "kid": "x"}):
        assert error_of(identity, key.proof("POST", url, header=header)) == "invalid_dpop_proof"


def test_an_algorithm_that_is_not_ours(identity: Identity, url: str) -> None:
    claims = {"jti": "0123456789", "htm": "POST", "htu": url, "iat": int(time.time())}
    secret = OctKey.generate_key(256)
    symmetric = jwt.encode({"typ": "dpop+jwt", "alg": "HS256", "jwk": secret.as_dict()}, claims, secret)
    rsa = RSAKey.generate_key(2048)
    weak = jwt.encode({"typ": "dpop+jwt", "alg": "RS256", "jwk": rsa.as_dict(private=False)}, claims, rsa)
    unsigned = f"{symmetric.rpartition('.')[0]}."
    for proof in (symmetric, weak, unsigned, "", "x", "a.b.c"):
        assert error_of(identity, proof) == "invalid_dpop_proof"


def test_a_client_that_must_bind_its_tokens_gets_no_other(identity: Identity, url: str) -> None:
    identity.execute("UPDATE client SET dpop_bound = true WHERE client_id = 'amr-system'")
    form = {"grant_type": "client_credentials", "audience": "e-license"}
    assert identity.machine().token(form).json()["error"] == "invalid_dpop_proof"
    assert error_of(identity, DpopKey().proof("POST", url)) is None
    identity.execute("UPDATE client SET dpop_bound = false WHERE client_id = 'amr-system'")

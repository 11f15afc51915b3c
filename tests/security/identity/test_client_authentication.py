"""Who may speak at the token endpoint: each client with its one method (RFC 6749 section 2.3, RFC 7523)."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from tests.support.identity.parties import ASSERTION_TYPE, Attempt, Identity, RelyingParty


def encoded(value: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def knock(identity: Identity, assertion: str, **form: str) -> httpx.Response:
    """A token request that fails for its code only where the client is believed."""
    sent = {"grant_type": "authorization_code", "code": "unknown", "redirect_uri": "x", "code_verifier": "v" * 43}
    sent |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | form
    return httpx.post(f"{identity.url}/token", data=sent)


def refused(response: httpx.Response) -> None:
    """A challenge comes to who used the header, and to nobody else (RFC 6749 section 5.2)."""
    by_header = "authorization" in response.request.headers
    assert response.status_code == (401 if by_header else 400), response.text
    assert response.json()["error"] == "invalid_client"
    assert response.headers.get("www-authenticate") == ('Basic realm="identity"' if by_header else None)


@pytest.fixture
def party(identity: Identity) -> RelyingParty:
    return identity.platform("workflow")


def test_a_good_assertion_is_believed_once(identity: Identity, party: RelyingParty) -> None:
    assertion = party.assertion()
    assert knock(identity, assertion).json()["error"] == "invalid_grant"
    refused(knock(identity, assertion))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example"},
        {"aud": ["http://localhost:1", "https://other.example"]},
        {"aud": None},
        {"iss": "alerts"},
        {"sub": "alerts"},
        {"jti": None},
        {"jti": "short"},
        {"jti": 12345678901},
        {"exp": None},
        {"exp": int(time.time()) - 1},
        {"exp": int(time.time()) + 7200},
        {"exp": "soon"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
    ],
)
def test_a_wrong_claim_is_refused(identity: Identity, party: RelyingParty, changed: dict[str, Any]) -> None:
    refused(knock(identity, party.assertion(**changed)))


def claims_of(identity: Identity) -> dict[str, Any]:
    now = int(time.time())
    jti = urlsafe_b64encode(sha256(str(time.time_ns()).encode()).digest()).decode()
    return {"iss": "workflow", "sub": "workflow", "aud": identity.url, "jti": jti, "iat": now, "exp": now + 60}


def test_an_unsigned_assertion_is_refused(identity: Identity) -> None:
    header = {"alg": "none", "typ": "JWT", "kid": "workflow"}
    refused(knock(identity, f"{encoded(header)}.{encoded(claims_of(identity))}."))
    refused(knock(identity, f"{encoded(header)}.{encoded(claims_of(identity))}.AAAA"))


def test_the_public_key_is_no_shared_secret(identity: Identity, party: RelyingParty) -> None:
    assert party.key is not None
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': 'workflow'})}.{encoded(claims_of(identity))}"
    for secret in (party.key.as_pem(private=False), json.dumps(party.key.as_dict(private=False)).encode()):
        mac = urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=").decode()
        refused(knock(identity, f"{signed}.{mac}"))


def test_the_key_comes_from_our_file_and_never_from_the_assertion(identity: Identity, party: RelyingParty) -> None:
    own = ECKey.generate_key("P-256")
    for extra in ({}, {"jwk": own.as_dict(private=False)}, {"jku": "https://attacker.example/jwks"}):
        header = {"alg": "ES256", "typ": "JWT", "kid": "workflow"} | extra
        signed = f"{encoded(header)}.{encoded(claims_of(identity))}"
        proper = jwt.encode({"alg": "ES256", "typ": "JWT", "kid": "workflow"}, claims_of(identity), own)
        refused(knock(identity, f"{signed}.{proper.rpartition('.')[2]}"))
        refused(knock(identity, proper))
    header = {"alg": "ES256", "typ": "JWT", "kid": "nobody"}
    refused(knock(identity, jwt.encode(header, claims_of(identity), own)))
    assert party.key is not None
    refused(knock(identity, jwt.encode({"alg": "ES256", "typ": "JWT"}, claims_of(identity), party.key)))


def test_one_service_cannot_speak_for_another(identity: Identity) -> None:
    thief = identity.platform("wifi-portal")
    assert thief.key is not None
    for kid in ("workflow", "wifi-portal"):
        refused(knock(identity, jwt.encode({"alg": "ES256", "typ": "JWT", "kid": kid}, claims_of(identity), thief.key)))
    refused(knock(identity, thief.assertion(), client_id="workflow"))


def test_base64url_must_be_canonical(identity: Identity, party: RelyingParty) -> None:
    header, claims, signature = party.assertion().split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]
    for changed in (f"{claims}.{loose}", f"{claims}.{signature}=", f"{claims}\n.{signature}"):
        refused(knock(identity, f"{header}.{changed}"))


@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "a.b.c.d", "{}.{}.{}", "\u0000", "x" * 9000])
def test_garbage_is_refused(identity: Identity, assertion: str) -> None:
    answer = knock(identity, assertion)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"invalid_client", "invalid_request"}


def test_a_wrong_secret_and_an_unknown_client_look_the_same(identity: Identity) -> None:
    oa = identity.district("oa")
    wrong = replace(oa, secret="wrong").redeem("code", Attempt())
    unknown = replace(oa, client_id="nobody").redeem("code", Attempt())
    refused(wrong)
    refused(unknown)
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize("path", ["/token", "/par", "/introspect", "/revoke", "/device_authorization"])
def test_who_shows_no_header_is_not_told_to_use_one(identity: Identity, party: RelyingParty, path: str) -> None:
    assert party.key is not None
    bad = replace(party, key=ECKey.generate_key("P-256"))
    for form in (
        {"client_assertion_type": ASSERTION_TYPE, "client_assertion": bad.assertion()},
        {"client_id": "oa", "client_secret": "wrong"},
        {"client_id": "oa"},
    ):
        refused(httpx.post(f"{identity.url}{path}", data=form))
    refused(httpx.post(f"{identity.url}{path}", auth=("oa", "wrong"), data={"x": "y"}))


def test_only_the_registered_method_counts(identity: Identity, party: RelyingParty) -> None:
    oa = identity.district("oa")
    assert oa.secret is not None
    form = {"grant_type": "authorization_code", "client_id": "oa", "client_secret": oa.secret}
    refused(httpx.post(f"{identity.url}/token", data=form))
    refused(replace(oa, client_id="workflow").redeem("code", Attempt()))
    refused(knock(identity, replace(party, client_id="oa").assertion()))
    refused(httpx.post(f"{identity.url}/token", data={"grant_type": "client_credentials", "client_id": "amr-system"}))


def test_two_methods_at_once_are_refused(identity: Identity, party: RelyingParty) -> None:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": party.assertion()}
    answer = httpx.post(f"{identity.url}/token", data=form, auth=("workflow", "x"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_nul_character_is_nobodys_name(identity: Identity) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "x", "code_verifier": "v" * 43}
    refused(httpx.post(f"{identity.url}/token", data=form, auth=("oa\0", "x")))
    for name in ("client_id", "client_secret", "client_assertion"):
        answer = httpx.post(f"{identity.url}/token", data=form | {name: "oa\0"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("issuer", ["oa\0", "\ud800", "workflow\udfff"])
def test_an_issuer_that_no_text_can_hold_is_nobody(identity: Identity, issuer: str) -> None:
    header = {"alg": "ES256", "typ": "JWT", "kid": "workflow"}
    refused(knock(identity, f"{encoded(header)}.{encoded(claims_of(identity) | {'iss': issuer})}.AAAA"))


@pytest.mark.parametrize("jti", ["01234567\0", "01234567\ud800"])
def test_an_assertion_is_named_with_a_text(identity: Identity, party: RelyingParty, jti: str) -> None:
    assert party.key is not None
    claims = json.dumps(claims_of(identity) | {"jti": jti}).encode()
    header = {"alg": "ES256", "typ": "JWT", "kid": "workflow"}
    refused(knock(identity, jws.serialize_compact(header, claims, party.key)))


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic b2E=", "Bearer abc", "Basic " + "A" * 4000])
def test_a_malformed_header_is_refused(identity: Identity, header: str) -> None:
    refused(httpx.post(f"{identity.url}/token", data={"grant_type": "x"}, headers={"Authorization": header}))

"""Which tokens open userinfo and the REST interface, and which do not."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.identity.parties import Attempt, Identity
from tests.support.identity.signing import private_keys
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
def tokens(identity: Identity) -> dict[str, Any]:
    return identity.tokens(identity.signed_in("water01"), identity.district("oa"))


@pytest.fixture(scope="module")
async def token_key(identity: Identity, bound_identity: BoundService) -> ECKey:
    assert identity.url  # its first start makes the keys
    key = (await private_keys(bound_identity))["ES256"]
    assert isinstance(key, ECKey)
    return key


def userinfo(identity: Identity, token: str) -> int:
    answer = httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 401:
        assert answer.json()["error"] == "invalid_token"
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    return answer.status_code


def test_only_an_access_token_opens_userinfo(identity: Identity, tokens: dict[str, Any]) -> None:
    assert userinfo(identity, tokens["access_token"]) == 200
    assert userinfo(identity, tokens["id_token"]) == 401
    machine = identity.machine().token({"grant_type": "client_credentials", "audience": "identity"}).json()
    assert userinfo(identity, machine["access_token"]) == 401
    assert httpx.get(f"{identity.url}/userinfo").status_code == 401
    assert httpx.get(f"{identity.url}/userinfo?access_token={tokens['access_token']}").status_code == 401


def test_a_changed_token_is_refused(identity: Identity, tokens: dict[str, Any]) -> None:
    header, claims, signature = tokens["access_token"].split(".")
    none = urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    assert userinfo(identity, f"{none}.{claims}.") == 401
    assert userinfo(identity, f"{header}.{claims}.{signature[::-1]}") == 401
    assert userinfo(identity, "garbage") == 401


def test_an_expired_token_is_refused(identity: Identity, tokens: dict[str, Any], token_key: ECKey) -> None:
    claims = jwt.decode(tokens["access_token"], token_key, algorithms=["ES256"]).claims
    header = {"alg": "ES256", "typ": "at+jwt", "kid": token_key.thumbprint()}
    assert userinfo(identity, jwt.encode(header, claims, token_key)) == 200
    now = int(time.time())
    assert userinfo(identity, jwt.encode(header, claims | {"iat": now - 601, "exp": now - 1}, token_key)) == 401


def test_an_expired_token_that_is_given_back_ends_nothing(identity: Identity, token_key: ECKey) -> None:
    """RFC 7009 section 2.2; else who finds an old one in a log could sign people out."""
    party = identity.district("oa")
    token = identity.tokens(identity.signed_in("water01"), party)["access_token"]
    claims = jwt.decode(token, token_key, algorithms=["ES256"]).claims
    header = {"alg": "ES256", "typ": "at+jwt", "kid": token_key.thumbprint()}
    expired = jwt.encode(header, claims | {"exp": int(time.time()) - 1}, token_key)
    assert party.token({"token": expired}, "/revoke").status_code == 200
    assert userinfo(identity, token) == 200
    assert party.token({"token": token}, "/revoke").status_code == 200
    assert userinfo(identity, token) == 401


@pytest.mark.parametrize("changed", [{"kid": "other"}, {"typ": "JWT"}, {"jwk": {"kty": "EC"}}, {"crit": ["x"]}])
def test_our_key_alone_is_not_enough(
    identity: Identity, tokens: dict[str, Any], token_key: ECKey, changed: dict[str, Any]
) -> None:
    claims = jwt.decode(tokens["access_token"], token_key, algorithms=["ES256"]).claims
    header = {"alg": "ES256", "typ": "at+jwt", "kid": token_key.thumbprint()} | changed
    head = urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    _, body, _ = jwt.encode({"alg": "ES256"}, claims, token_key).split(".")
    private = token_key.private_key
    assert private is not None
    r, s = decode_dss_signature(private.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())))
    signature = urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)).rstrip(b"=").decode()
    assert userinfo(identity, f"{head}.{body}.{signature}") == 401


def test_a_token_for_another_audience_is_refused(identity: Identity, tokens: dict[str, Any]) -> None:
    for token in (tokens["access_token"], identity.machine().token(
        {"grant_type": "client_credentials", "audience": "e-license"}
    ).json()["access_token"]):  # fmt: skip
        answer = httpx.get(f"{identity.url}/v1/organisations", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "PLATFORM_UNAUTHENTICATED")


def test_a_person_reads_themselves_with_a_token_for_identity(identity: Identity) -> None:
    page, party = identity.signed_in("culture01"), identity.district("oa")
    attempt = Attempt()
    answer = party.redeem(identity.code(page, party, attempt), attempt, audience="identity")
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = httpx.get(f"{identity.url}/v1/me", headers=bearer).json()
    assert (me["organisation"], me["realm"]) == ("culture", "staff")
    machine = identity.machine().token({"grant_type": "client_credentials", "audience": "identity"}).json()
    bearer = {"Authorization": f"Bearer {machine['access_token']}"}
    assert httpx.get(f"{identity.url}/v1/me", headers=bearer).status_code == 403

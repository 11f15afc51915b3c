"""What userinfo refuses, and what it tells of it (RFC 6750 section 3.1, RFC 9449 section 7.1)."""

from typing import Any

import httpx
import pytest

from tests.support.identity.dpop import DpopKey
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty

BARE = 'Bearer realm="pingshan", DPoP realm="pingshan", algs="ES256 EdDSA"'


@pytest.fixture(scope="module")
def url(identity: Identity) -> str:
    return f"{identity.url}/userinfo"


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
def party(identity: Identity) -> RelyingParty:
    return identity.district("oa")


@pytest.fixture(scope="module")
def token(identity: Identity, page: Browser, party: RelyingParty) -> str:
    return str(identity.tokens(page, party)["access_token"])


def bound(identity: Identity, page: Browser, party: RelyingParty, key: DpopKey) -> str:
    attempt = Attempt()
    form = party.code_form(identity.code(page, party, attempt), attempt)
    answer = party.token(form, headers={"DPoP": key.proof("POST", f"{identity.url}/token")})
    return str(answer.json()["access_token"])


def refused(answer: httpx.Response, status: int, error: str, scheme: str = "Bearer") -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    challenge = answer.headers["www-authenticate"]
    used, other = challenge.split(", DPoP " if scheme == "Bearer" else ", Bearer ")
    assert used.startswith(f"{scheme} realm=")
    assert f'error="{error}"' in used
    assert "error=" not in other
    assert 'algs="ES256 EdDSA"' in challenge


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}])
def test_without_a_token_no_error_is_told(url: str, headers: dict[str, str]) -> None:
    for answer in (httpx.get(url, headers=headers), httpx.post(url, headers=headers)):
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["www-authenticate"] == BARE


def test_the_address_holds_no_token(url: str, token: str) -> None:
    """RFC 6750 section 2.3: addresses are written down by whoever passes them on."""
    answer = httpx.get(url, params={"access_token": token})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, BARE)


def test_a_token_comes_by_one_way_only(url: str, token: str) -> None:
    header = {"Authorization": f"Bearer {token}"}
    refused(httpx.post(url, headers=header, data={"access_token": token}), 400, "invalid_request")
    twice = httpx.post(
        url,
        content=f"access_token={token}&access_token={token}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    refused(twice, 400, "invalid_request")


def test_a_wrong_token_is_an_error(url: str) -> None:
    refused(httpx.get(url, headers={"Authorization": "Bearer garbage"}), 401, "invalid_token")
    refused(httpx.post(url, data={"access_token": "garbage"}), 401, "invalid_token")


def test_a_token_without_openid_says_which_scope_is_missing(
    identity: Identity, url: str, page: Browser, party: RelyingParty
) -> None:
    identity.execute(
        "UPDATE client SET grant_types = $1, scopes = $2 WHERE client_id = 'oa'",
        ["authorization_code", "refresh_token"],
        ["openid", "profile", "offline_access"],
    )
    attempt = Attempt()
    code = identity.code(page, party, attempt, scope="openid profile offline_access")
    kept = party.redeem(code, attempt).json()["refresh_token"]
    narrow = party.token({"grant_type": "refresh_token", "refresh_token": kept, "scope": "profile"}).json()
    answer = httpx.get(url, headers={"Authorization": f"Bearer {narrow['access_token']}"})
    refused(answer, 403, "insufficient_scope")
    assert 'scope="openid"' in answer.headers["www-authenticate"]


def test_a_bound_token_counts_with_its_proof_only(
    identity: Identity, url: str, page: Browser, party: RelyingParty
) -> None:
    key = DpopKey()
    token = bound(identity, page, party, key)

    def proven(**headers: Any) -> httpx.Response:
        return httpx.get(url, headers={"Authorization": f"DPoP {token}", **headers})

    refused(httpx.get(url, headers={"Authorization": f"Bearer {token}"}), 401, "invalid_token")
    refused(httpx.post(url, data={"access_token": token}), 401, "invalid_token")
    refused(proven(), 401, "invalid_dpop_proof", "DPoP")
    refused(proven(DPoP="garbage"), 401, "invalid_dpop_proof", "DPoP")
    refused(proven(DPoP=key.proof("GET", url, token="another")), 401, "invalid_dpop_proof", "DPoP")
    refused(proven(DPoP=key.proof("GET", url, token=token, iat=1)), 401, "invalid_dpop_proof", "DPoP")
    refused(proven(DPoP=DpopKey().proof("GET", url, token=token)), 401, "invalid_token", "DPoP")
    good = key.proof("GET", url, token=token)
    assert proven(DPoP=good).status_code == 200
    refused(proven(DPoP=good), 401, "invalid_dpop_proof", "DPoP")
    two = httpx.Headers([("Authorization", f"DPoP {token}"), *[("DPoP", key.proof("GET", url, token=token))] * 2])
    refused(httpx.get(url, headers=two), 401, "invalid_dpop_proof", "DPoP")


def test_a_token_of_nobodys_key_needs_no_scheme_of_keys(url: str, token: str) -> None:
    headers = {"Authorization": f"DPoP {token}"}
    refused(httpx.get(url, headers=headers), 401, "invalid_dpop_proof", "DPoP")
    proof = DpopKey().proof("GET", url, token=token)
    refused(httpx.get(url, headers=headers | {"DPoP": proof}), 401, "invalid_token", "DPoP")

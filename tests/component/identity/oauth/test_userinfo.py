"""Userinfo (OpenID Connect Core section 5.3): how a token may come, what is told, and in which form."""

import time
from typing import Any

import httpx
import pytest
from joserfc import jws

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty
from tests.support.platform import BoundService

SCOPE = "openid profile phone"


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    scopes = ["openid", "profile", "phone", "offline_access"]
    grants, realms = ["authorization_code", "refresh_token"], ["staff", "public"]
    return await add_client(bound_identity, "reader", scopes=scopes, grant_types=grants, realms=realms)


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
async def signing(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    return await add_client(bound_identity, "signing")


def tokens(identity: Identity, page: Browser, party: RelyingParty, scope: str = SCOPE) -> dict[str, Any]:
    attempt = Attempt()
    answer = party.redeem(identity.code(page, party, attempt, scope=scope), attempt)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def bearer(found: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {found['access_token']}"}


def test_a_token_comes_by_the_header_or_the_form(identity: Identity, page: Browser, party: RelyingParty) -> None:
    """RFC 6750 sections 2.1 and 2.2."""
    url, found = f"{identity.url}/userinfo", tokens(identity, page, party)
    by_get = httpx.get(url, headers=bearer(found))
    assert by_get.headers["cache-control"] == "no-store"
    assert httpx.post(url, headers=bearer(found)).json() == by_get.json()
    assert httpx.post(url, headers=bearer(found), data={"other": "x"}).json() == by_get.json()
    assert httpx.post(url, data={"access_token": found["access_token"]}).json() == by_get.json()


def test_what_the_scopes_tell(identity: Identity, page: Browser, party: RelyingParty) -> None:
    told = httpx.get(f"{identity.url}/userinfo", headers=bearer(tokens(identity, page, party))).json()
    assert told["zoneinfo"] == "Asia/Shanghai"
    assert 0 < told["updated_at"] <= time.time()
    assert told["phone_number"].startswith("+86")
    assert told["phone_number_verified"] is False, "an administrator wrote it"
    own = httpx.get(f"{identity.url}/userinfo", headers=bearer(tokens(identity, page, party, "openid phone"))).json()
    assert own.keys() == {"sub", "phone_number", "phone_number_verified"}
    public = identity.signed_in(next(iter(identity.sign_ins["public"])))
    mine = httpx.get(f"{identity.url}/userinfo", headers=bearer(tokens(identity, public, party))).json()
    assert mine["phone_number_verified"] is True


def test_a_change_is_told(identity: Identity, page: Browser, party: RelyingParty) -> None:
    found = tokens(identity, page, party)
    identity.execute("UPDATE person SET updated_at = to_timestamp(1000000000) WHERE login_name = 'water01'")
    told = httpx.get(f"{identity.url}/userinfo", headers=bearer(found)).json()
    assert told["updated_at"] == 1_000_000_000


def test_discovery_names_what_can_be_had(identity: Identity, page: Browser, party: RelyingParty) -> None:
    metadata = httpx.get(f"{identity.url}/.well-known/openid-configuration").json()
    told = httpx.get(f"{identity.url}/userinfo", headers=bearer(tokens(identity, page, party))).json()
    assert told.keys() <= set(metadata["claims_supported"])
    assert set(SCOPE.split()) <= set(metadata["scopes_supported"])
    assert set(metadata["subject_types_supported"]) == {"public", "pairwise"}
    assert metadata["userinfo_signing_alg_values_supported"] == metadata["id_token_signing_alg_values_supported"]


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_who_registered_for_it_gets_a_signed_answer(
    identity: Identity, page: Browser, signing: RelyingParty, alg: str
) -> None:
    """OpenID Connect Core section 5.3.2."""
    identity.execute("UPDATE client SET userinfo_signed_response_alg = $1 WHERE client_id = 'signing'", alg)
    answer = httpx.get(f"{identity.url}/userinfo", headers=bearer(tokens(identity, page, signing, "openid profile")))
    assert answer.headers["content-type"] == "application/jwt"
    assert jws.extract_compact(answer.content).headers()["alg"] == alg
    claims = signing.read(answer.text)
    assert (claims["iss"], claims["aud"]) == (identity.url, signing.client_id)
    assert claims["name"]
    hint = page.get(signing.authorize_path(Attempt(), id_token_hint=answer.text, prompt="none"))
    assert "error=invalid_request" in hint.headers["location"], "it is no ID token"


def test_plain_oauth_has_neither_id_token_nor_userinfo(identity: Identity, page: Browser, party: RelyingParty) -> None:
    """RFC 6749: a grant without `openid` (here made behind the back of the authorization endpoint)."""
    attempt = Attempt()
    code = identity.code(page, party, attempt, scope="openid profile offline_access")
    identity.execute(
        "UPDATE access_grant SET scope = 'profile offline_access' WHERE client_id = 'reader' AND grant_id ="
        " (SELECT grant_id FROM access_grant WHERE client_id = 'reader' ORDER BY created_at DESC LIMIT 1)"
    )
    found = party.redeem(code, attempt).json()
    assert found["scope"] == "profile offline_access"
    assert "id_token" not in found
    renewed = party.token({"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}).json()
    assert "id_token" not in renewed
    assert httpx.get(f"{identity.url}/userinfo", headers=bearer(renewed)).status_code == 403


def test_answers_with_tokens_are_kept_by_nobody(identity: Identity, page: Browser, party: RelyingParty) -> None:
    """RFC 6749 section 5.1."""
    attempt = Attempt()
    answer = party.redeem(identity.code(page, party, attempt), attempt)
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    refused = party.redeem("unknown", attempt)
    assert (refused.status_code, refused.headers["cache-control"]) == (400, "no-store")

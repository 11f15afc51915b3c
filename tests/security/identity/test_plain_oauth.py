"""Without `openid` a request is OAuth 2.0 alone (RFC 6749): no ID token, no userinfo; what else is asked counts."""

from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.support.identity.dpop import DpopKey
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of
from tests.support.platform import BoundService

KEY = ECKey.generate_key("P-256")


@pytest.fixture(scope="module")
async def wallet(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    scopes, grants = ["profile", "offline_access"], ["authorization_code", "refresh_token"]
    return await add_client(bound_identity, "wallet", scopes=scopes, grant_types=grants)


@pytest.fixture(scope="module")
async def fapi2(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    return await add_client(bound_identity, "bank", key=KEY, profile="fapi2", scopes=["profile"])


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def tokens(identity: Identity, page: Browser, party: RelyingParty, **changed: Any) -> dict[str, Any]:
    attempt = Attempt()
    answer = party.redeem(identity.code(page, party, attempt, **changed), attempt)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_without_openid_nobody_is_told_who_it_is(identity: Identity, page: Browser, wallet: RelyingParty) -> None:
    given = tokens(identity, page, wallet, scope="profile offline_access")
    assert given["scope"] == "profile offline_access"
    assert "id_token" not in given
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    refused = httpx.get(f"{identity.url}/userinfo", headers=bearer)
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    renewed = wallet.token({"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}).json()
    assert renewed["access_token"]
    assert "id_token" not in renewed
    assert wallet.token({"token": given["access_token"]}, "/introspect").json()["active"] is True
    assert "id_token" in tokens(identity, page, wallet, scope="openid profile")


@pytest.mark.parametrize("scope", [None, "", "phone", "unheard-of", " "])
def test_a_request_names_a_scope_that_it_may_have(page: Browser, wallet: RelyingParty, scope: str | None) -> None:
    """RFC 6749 section 3.3: there is no default, so that nobody gets what they have not asked for."""
    sent = answer_of(page.get(wallet.authorize_path(Attempt(), scope=scope)))
    assert sent["error"] == "invalid_scope"


def test_prompt_and_age_still_count(identity: Identity, page: Browser, wallet: RelyingParty) -> None:
    path = wallet.authorize_path(Attempt(), scope="profile", prompt="none")
    assert answer_of(identity.browser().get(path))["error"] == "login_required"
    again = page.get(wallet.authorize_path(Attempt(), scope="profile", prompt="login"))
    assert again.headers["location"].startswith("/sign-in?")


async def test_a_registered_age_counts_where_a_request_says_none(
    identity: Identity, bound_identity: BoundService
) -> None:
    """OpenID Connect Dynamic Client Registration section 2: `default_max_age`."""
    party = await add_client(bound_identity, "aged", default_max_age=20)
    page, attempt = identity.signed_in("fire01"), Attempt()
    assert "code" in answer_of(page.get(party.authorize_path(Attempt())))
    identity.execute("UPDATE sso_session SET auth_time = auth_time - interval '1 minute'")
    assert "code" in answer_of(page.get(party.authorize_path(Attempt(), max_age="600")))
    assert answer_of(page.get(party.authorize_path(Attempt(), prompt="none")))["error"] == "login_required"
    needed = page.get(party.authorize_path(attempt))
    signed_in = identity.sign_in(page, "fire01", answer_of(needed)["continue"])
    identity.execute("UPDATE sso_session SET auth_time = auth_time - interval '25 seconds'")
    answer = answer_of(page.get(signed_in.headers["location"]))
    assert party.redeem(answer["code"], attempt).status_code == 200, "who takes their time is asked once"


def test_a_client_of_fapi2_pushes_and_brings_pkce(identity: Identity, page: Browser, fapi2: RelyingParty) -> None:
    """FAPI 2.0 Security Profile section 5.3.2.2, as plain OAuth."""
    sent = answer_of(page.get(fapi2.authorize_path(Attempt(), scope="profile")))
    assert sent["error"] == "invalid_request"
    for changed, error in (
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
    ):
        answer = fapi2.push(Attempt(), scope="profile", **changed)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    attempt = Attempt()
    uri = fapi2.push(attempt, scope="profile").json()["request_uri"]
    sent = answer_of(page.get(f"/authorize?client_id=bank&request_uri={uri}"))
    assert (sent["iss"], sent["state"]) == (identity.url, attempt.state)
    [row] = identity.execute("SELECT max(expires_at - now()) AS life FROM authorization_code WHERE client_id = 'bank'")
    assert row["life"].total_seconds() <= 60
    unbound = fapi2.redeem(sent["code"], attempt)
    assert unbound.json()["error"] == "invalid_dpop_proof"
    bound = {"DPoP": DpopKey(KEY).proof("POST", f"{identity.url}/token")}
    answer = fapi2.token(fapi2.code_form(sent["code"], attempt), headers=bound)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP"), answer.text
    assert "id_token" not in answer.json()

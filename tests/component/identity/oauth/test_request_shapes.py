"""Requests as the libraries of district systems send them, which do not run here: ASP.NET Core's OpenID Connect handler
and Spring Security's OAuth 2.0 client, with what they ask for unless they are told otherwise, and with the settings
that the page of the system shows.
"""

import base64
import hashlib
import html
import re
import secrets
from urllib.parse import quote

import httpx
import pytest

from tests.support.identity.own_clients import SECRET, add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of
from tests.support.identity.shown_settings import shown_settings
from tests.support.platform import BoundService

ASPNET_CALLBACK = "https://aspnet.example/signin-oidc"
SPRING_CALLBACK = "https://spring.example/login/oauth2/code/pingshan"


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
async def aspnet(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    return await add_client(
        bound_identity,
        "aspnet-core",
        auth_method="client_secret_post",
        redirect_uris=[ASPNET_CALLBACK],
        scopes=["openid", "profile"],
    )


@pytest.fixture(scope="module")
async def spring(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    return await add_client(
        bound_identity, "spring", redirect_uris=[SPRING_CALLBACK], scopes=["openid", "profile"], profile="compatible"
    )


def test_asp_net_core(identity: Identity, page: Browser, aspnet: RelyingParty) -> None:
    """`response_mode=form_post`, PKCE, a nonce with its time, a protected state of 600 characters, telemetry."""
    attempt = Attempt(
        state=f"CfDJ8{secrets.token_urlsafe(450)}", nonce=f"638999999999999999.{secrets.token_urlsafe(48)}"
    )
    telemetry = {"x-client-SKU": "ID_NET9_0", "x-client-ver": "8.0.1.0"}
    answer = page.get(aspnet.authorize_path(attempt, response_mode="form_post", **telemetry))
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    }
    assert fields["state"] == attempt.state
    form = {
        "client_id": aspnet.client_id,
        "client_secret": SECRET,
        "code": fields["code"],
        "grant_type": "authorization_code",
        "redirect_uri": ASPNET_CALLBACK,
        "code_verifier": attempt.verifier,
    }
    claims = aspnet.read(httpx.post(f"{identity.url}/token", data=form).json()["id_token"])
    assert claims["nonce"] == attempt.nonce
    assert (claims["iss"], claims["aud"]) == (identity.url, aspnet.client_id)


def test_spring_security(identity: Identity, page: Browser, spring: RelyingParty) -> None:
    """No PKCE, as confidential clients did before Spring Security 7; the nonce is a hash; Basic with encoded parts."""
    attempt = Attempt(state=f"{secrets.token_urlsafe(32)}=")
    nonce = secrets.token_urlsafe(96)
    hashed = base64.urlsafe_b64encode(hashlib.sha256(nonce.encode()).digest()).rstrip(b"=").decode()
    path = spring.authorize_path(attempt, nonce=hashed, code_challenge=None, code_challenge_method=None)
    answer = answer_of(page.get(path))
    assert answer["state"] == attempt.state
    basic = base64.b64encode(f"{quote(spring.client_id, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
    tokens = httpx.post(
        f"{identity.url}/token",
        data={"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": SPRING_CALLBACK},
        headers={
            "Authorization": f"Basic {basic}",
            "Accept": "application/json;charset=UTF-8",
            "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        },
    )
    claims = spring.read(tokens.json()["id_token"])
    assert claims["nonce"] == hashed
    told = httpx.get(
        f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {tokens.json()['access_token']}"}
    ).json()
    assert told["sub"] == claims["sub"]


def test_a_strict_system_without_pkce_is_refused(page: Browser, aspnet: RelyingParty) -> None:
    path = aspnet.authorize_path(Attempt(), code_challenge=None, code_challenge_method=None)
    assert answer_of(page.get(path))["error"] == "invalid_request"


def test_the_settings_shown_for_asp_net_core(identity: Identity, aspnet: RelyingParty) -> None:
    shown = shown_settings(identity, aspnet.client_id, "aspnet-core")
    set_to = dict(re.findall(r"options\.(\w+) = \"?(.*?)\"?;", shown))
    assert (set_to["Authority"], set_to["ClientId"]) == (identity.url, aspnet.client_id)
    assert (set_to["ResponseType"], set_to["ResponseMode"], set_to["UsePkce"]) == ("code", "form_post", "true")
    assert f"https://aspnet.example{set_to['CallbackPath']}" == ASPNET_CALLBACK
    assert set_to["SignedOutCallbackPath"] == "/signout-callback-oidc"
    assert re.findall(r'Scope\.Add\("(\w+)"\)', shown) == ["openid", "profile"]


async def test_the_settings_shown_for_spring(
    identity: Identity, bound_identity: BoundService, spring: RelyingParty
) -> None:
    """Spring verifies ID tokens with RS256 unless a bean says otherwise."""
    shown = shown_settings(identity, spring.client_id, "spring")
    set_to = dict(re.findall(r"^spring\.security\.oauth2\.client\.\w+\.pingshan\.(\S+?)=(.*)$", shown, re.MULTILINE))
    assert set_to == {
        "client-id": spring.client_id,
        "client-secret": "${CLIENT_SECRET}",
        "client-authentication-method": "client_secret_basic",
        "scope": "openid,profile",
        "redirect-uri": SPRING_CALLBACK,
        "issuer-uri": identity.url,
    }
    assert "SignatureAlgorithm.ES256" in shown
    await add_client(bound_identity, "spring-rsa", redirect_uris=[SPRING_CALLBACK], id_token_alg="RS256")
    assert "SignatureAlgorithm" not in shown_settings(identity, "spring-rsa", "spring")

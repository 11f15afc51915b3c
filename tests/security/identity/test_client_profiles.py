"""What each client's profile lets it do, and how it proves itself: strict unless an administrator says otherwise."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.support.identity.own_clients import SECRET, add_client
from tests.support.identity.parties import (
    ASSERTION_TYPE,
    Attempt,
    Browser,
    Identity,
    RelyingParty,
    allowed,
    answer_of,
    csrf_of,
    shown_of,
)
from tests.support.platform import BoundService

KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256"),
    "RS256": RSAKey.generate_key(2048),
    "EdDSA": OKPKey.generate_key("Ed25519"),
}
NO_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture(scope="module")
async def clients(identity: Identity, bound_identity: BoundService) -> dict[str, RelyingParty]:
    assert identity.url
    loopback = ["http://127.0.0.1/callback", "example.parcel.app:/callback"]
    keys = {"keys": [dict(key.as_dict(private=False)) | {"kid": alg} for alg, key in KEYS.items()]}
    made = [
        await add_client(bound_identity, "certified", profile="compatible"),
        await add_client(bound_identity, "posting", auth_method="client_secret_post"),
        await add_client(bound_identity, "app", auth_method="none", application_type="native", redirect_uris=loopback),
        await add_client(bound_identity, "lax-app", auth_method="none", profile="compatible"),
        await add_client(bound_identity, "keyed", auth_method="private_key_jwt", jwks=keys),
        await add_client(bound_identity, "old", id_token_alg="RS256"),
        await add_client(bound_identity, "edwards", id_token_alg="EdDSA"),
    ]
    return {party.client_id: party for party in made}


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def refused(answer: httpx.Response, error: str) -> None:
    challenged = error == "invalid_client" and "authorization" in answer.request.headers
    assert answer.status_code == (401 if challenged else 400), answer.text
    assert answer.json()["error"] == error


def test_the_certification_profile_does_without_pkce_and_nonce(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    party, attempt = clients["certified"], Attempt()
    code = identity.code(page, party, attempt, nonce=None, **NO_PKCE)
    answer = party.redeem(code, attempt, code_verifier=None)
    assert answer.status_code == 200
    assert "nonce" not in party.read(answer.json()["id_token"])


def test_half_a_pkce_is_refused_in_every_profile(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    party, attempt = clients["certified"], Attempt()
    without = identity.code(page, party, attempt, **NO_PKCE)
    refused(party.redeem(without, attempt), "invalid_grant")
    assert party.redeem(without, attempt, code_verifier=None).status_code == 200
    with_one = identity.code(page, party, attempt)
    refused(party.redeem(with_one, attempt, code_verifier=None), "invalid_grant")
    for changed in ({"code_challenge": None}, {"code_challenge_method": None}, {"code_challenge_method": "plain"}):
        assert answer_of(page.get(party.authorize_path(attempt, **changed)))["error"] == "invalid_request"


@pytest.mark.parametrize("client", ["posting", "app", "lax-app"])
def test_everybody_else_brings_pkce(page: Browser, clients: dict[str, RelyingParty], client: str) -> None:
    sent = answer_of(page.get(clients[client].authorize_path(Attempt(), **NO_PKCE)))
    assert sent["error"] == "invalid_request"


def test_a_public_client_proves_itself_by_its_verifier_alone(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    app, attempt = clients["app"], Attempt()
    assert app.redeem(identity.code(page, app, attempt), attempt).status_code == 200
    code = identity.code(page, app, attempt)
    refused(app.redeem(code, attempt, code_verifier="x" * 43), "invalid_grant")
    refused(app.redeem(code, attempt, code_verifier=None), "invalid_grant")
    refused(replace(app, client_id="oa").redeem(code, attempt), "invalid_client")
    refused(replace(app, method=None, secret="guess").redeem(code, attempt), "invalid_client")
    refused(app.token({"grant_type": "client_credentials", "audience": "identity"}), "unauthorized_client")


def test_an_app_may_listen_on_any_loopback_port(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    app, attempt = clients["app"], Attempt()
    uri = "http://127.0.0.1:51004/callback"
    code = identity.code(page, app, attempt, redirect_uri=uri)
    refused(app.redeem(code, attempt, redirect_uri="http://127.0.0.1:51005/callback"), "invalid_grant")
    assert app.redeem(code, attempt, redirect_uri=uri).status_code == 200
    own = allowed(page, page.get(app.authorize_path(attempt, redirect_uri="example.parcel.app:/callback")))
    assert own.headers["location"].startswith("example.parcel.app:/callback?")
    for other in ("http://127.0.0.1:51004/other", "http://localhost:51004/callback", "example.parcel.app:/other"):
        answer = page.get(app.authorize_path(attempt, redirect_uri=other))
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_an_app_of_ours_that_another_one_may_imitate_is_asked_about_each_time(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    """RFC 8252 section 8.6; what is asked is the person, not whether they consent: nothing is kept of it."""
    app = clients["app"]
    identity.code(page, app, Attempt())
    question = page.get(app.authorize_path(Attempt())).headers["location"]
    assert question.startswith("/consent?")
    shown = page.get(question)
    assert "不是政府的系统" not in shown.text
    assert "别的应用可能冒用它的名字" in shown.text
    assert answer_of(page.get(app.authorize_path(Attempt(), prompt="none")))["error"] == "consent_required"
    answer = page.post(question, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "refuse"})
    assert answer_of(answer)["error"] == "access_denied"
    assert not identity.execute("SELECT 1 FROM consent WHERE client_id = 'app'")
    assert page.get("/account/consents").status_code == 200


def test_a_secret_in_the_form_counts_for_who_registered_it(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty]
) -> None:
    party, attempt = clients["posting"], Attempt()
    assert party.redeem(identity.code(page, party, attempt), attempt).status_code == 200
    refused(replace(party, secret="wrong").redeem("code", attempt), "invalid_client")
    refused(replace(party, method="client_secret_basic").redeem("code", attempt), "invalid_client")
    form = {"grant_type": "authorization_code", "client_id": "posting", "client_secret": SECRET}
    refused(httpx.post(f"{identity.url}/token", data=form, auth=("posting", SECRET)), "invalid_request")


def assertion(identity: Identity, alg: str, key: Key, **changed: Any) -> str:
    """As `openid-client` makes them: no `typ`."""
    now = int(time.time())
    header = {"alg": alg, "kid": changed.pop("kid", alg)} | changed.pop("header", {})
    claims = {"iss": "keyed", "sub": "keyed", "aud": identity.url, "iat": now, "exp": now + 60}
    claims |= {"jti": secrets.token_urlsafe(16)} | changed
    return jws.serialize_compact(
        {name: value for name, value in header.items() if value}, json.dumps(claims), key, [alg]
    )


def knock(identity: Identity, text: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": "unknown", "redirect_uri": "x", "code_verifier": "v" * 43}
    sent = form | {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}
    return httpx.post(f"{identity.url}/token", data=sent)


@pytest.mark.parametrize("alg", [*KEYS, "PS256"])
@pytest.mark.parametrize("make", [lambda text: text, lambda _: None])
def test_a_registered_key_is_believed_once(
    identity: Identity, clients: dict[str, RelyingParty], alg: str, make: Callable[[str], str | None]
) -> None:
    assert clients
    name = "RS256" if alg == "PS256" else alg
    text = assertion(identity, alg, KEYS[name], kid=make(name))
    refused(knock(identity, text), "invalid_grant")
    refused(knock(identity, text), "invalid_client")


def test_assertions_name_each_endpoint_or_the_issuer(identity: Identity, clients: dict[str, RelyingParty]) -> None:
    assert clients
    for aud in (f"{identity.url}/token", [identity.url]):
        refused(knock(identity, assertion(identity, "ES256", KEYS["ES256"], aud=aud)), "invalid_grant")
    for aud in (f"{identity.url}/par", "https://other.example", [identity.url, "https://other.example"]):
        refused(knock(identity, assertion(identity, "ES256", KEYS["ES256"], aud=aud)), "invalid_client")


def test_assertions_that_prove_nothing(identity: Identity, clients: dict[str, RelyingParty]) -> None:
    assert clients
    now = int(time.time())
    for changed in (
        {"exp": now - 1},
        {"exp": now + 7200},
        {"iss": "oa", "sub": "oa"},
        {"sub": "oa"},
        {"kid": "RS256"},
        {"kid": "unknown"},
        {"header": {"jwk": KEYS["ES256"].as_dict(private=False)}},
        {"header": {"typ": "at+jwt"}},
        {"header": {"crit": ["exp"], "exp": 1}},
        *({"header": {name: value}} for name in ("typ", "kid", "alg") for value in ([], {}, 1, True)),
    ):
        refused(knock(identity, _loose(identity, "ES256", KEYS["ES256"], **changed)), "invalid_client")
    for alg, key in (("ES256", ECKey.generate_key("P-256")), ("PS384", KEYS["RS256"]), ("RS512", KEYS["RS256"])):
        refused(
            knock(identity, _loose(identity, alg, key, kid="RS256" if alg != "ES256" else "ES256")), "invalid_client"
        )


def _loose(identity: Identity, alg: str, key: Key, **changed: Any) -> str:
    """The same with headers that joserfc does not write: the header is exchanged, the signature over it is good."""
    header = changed.pop("header", {})
    text = assertion(identity, alg, key, **changed)
    if not header:
        return text
    head, body, _ = text.split(".")
    own = {"alg": alg, "kid": alg} | header
    signed = f"{urlsafe_b64encode(json.dumps(own).encode()).rstrip(b'=').decode()}.{body}"
    registry = jws.JWSRegistry(algorithms=[alg])
    signature = registry.get_alg(alg).sign(signed.encode(), key)
    assert head
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(("client", "alg"), [("old", "RS256"), ("edwards", "EdDSA"), ("certified", "ES256")])
def test_id_tokens_are_signed_as_registered_and_access_tokens_always_alike(
    identity: Identity, page: Browser, clients: dict[str, RelyingParty], client: str, alg: str
) -> None:
    tokens = identity.tokens(page, clients[client])
    headers = [jws.extract_compact(tokens[name].encode()).headers() for name in ("id_token", "access_token")]
    assert [header["alg"] for header in headers] == [alg, "ES256"]
    assert clients[client].read(tokens["id_token"])["aud"] == client


async def test_a_client_that_was_switched_off_is_refused_everywhere(
    identity: Identity, bound_identity: BoundService, page: Browser
) -> None:
    party, attempt = await add_client(bound_identity, "off", launch_uri="https://rp.example/"), Attempt()
    assert "Test system off" in page.get("/?q=off").text or "测试系统 off" in page.get("/?q=off").text
    code = identity.code(page, party, attempt)
    tokens = identity.tokens(page, party)
    database = await asyncpg.connect(identity.database_url)
    await database.execute("UPDATE client SET disabled_at = now() WHERE client_id = 'off'")
    await database.close()
    answer = page.get(party.authorize_path(attempt))
    assert (answer.status_code, "location" in answer.headers) == (403, False)
    assert "IDENTITY_CLIENT_DISABLED" in answer.text
    refused(party.redeem(code, attempt), "invalid_client")
    refused(party.push(attempt), "invalid_client")
    assert _userinfo(identity, tokens) == 401
    assert "测试系统 off" not in page.get("/?q=off").text


def _userinfo(identity: Identity, tokens: dict[str, Any]) -> int:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return httpx.get(f"{identity.url}/userinfo", headers=bearer).status_code

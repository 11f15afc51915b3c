"""A request object counts where its client signed it for us, and then alone (RFC 9101, OpenID Connect Core 6.1)."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from tests.support.identity.own_clients import CALLBACK, add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of
from tests.support.platform import BoundService

KEY = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
EDWARDS = OKPKey.generate_key("Ed25519")


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    keys = [dict(key.as_dict(private=False)) | {"kid": kid} for kid, key in (("e", KEY), ("r", RSA), ("o", EDWARDS))]
    return await add_client(
        bound_identity, "signing", scopes=["openid", "profile"], jwks={"keys": keys}, post_logout_redirect_uris=[]
    )


@pytest.fixture(scope="module")
async def registered_for_one(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    keys = [dict(key.as_dict(private=False)) | {"kid": kid} for kid, key in (("e", KEY), ("r", RSA))]
    return await add_client(bound_identity, "choosy", jwks={"keys": keys}, request_object_signing_alg="PS256")


@pytest.fixture(scope="module")
async def fapi2(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    return await add_client(bound_identity, "fapi2-signing", key=KEY, profile="fapi2")


@pytest.fixture(scope="module")
async def always_signing(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    return await add_client(bound_identity, "always-signing", key=KEY, require_signed_request_object=True)


def claims_of(party: RelyingParty, attempt: Attempt, **changed: Any) -> dict[str, Any]:
    asked = dict(parse_qsl(urlsplit(party.authorize_path(attempt)).query))
    now = int(time.time())
    return asked | {"iss": party.client_id, "aud": party.issuer, "exp": now + 60, "nbf": now} | changed


def signed(claims: Any, key: Key = KEY, alg: str = "ES256", kid: str = "e", **header: Any) -> str:
    payload = claims if isinstance(claims, bytes) else json.dumps({n: v for n, v in claims.items() if v is not None})
    parts = (
        json.dumps({"alg": alg, "kid": kid} | header).encode(),
        payload.encode() if isinstance(payload, str) else payload,
    )
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = (
        jws.JWSRegistry(algorithms=[alg]).get_alg(alg).sign(text, key)
    )  # header members that joserfc refuses, too
    return f"{text.decode()}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def path(party: RelyingParty, token: str, **beside: str) -> str:
    return f"/authorize?{urlencode({'client_id': party.client_id, 'request': token} | beside)}"


def refused(answer: httpx.Response, attempt: Attempt, error: str = "invalid_request_object") -> None:
    assert answer.headers["location"].startswith(CALLBACK)
    sent = answer_of(answer)
    assert (sent["error"], sent["state"]) == (error, attempt.state), sent
    assert "code" not in sent


@pytest.mark.parametrize(
    ("key", "alg", "kid"),
    [(KEY, "ES256", "e"), (RSA, "RS256", "r"), (RSA, "PS256", "r"), (EDWARDS, "EdDSA", "o"), (EDWARDS, "Ed25519", "o")],
)
@pytest.mark.parametrize("kind", [None, "JWT", "oauth-authz-req+jwt"])
def test_a_signed_request_is_granted(
    page: Browser, party: RelyingParty, key: Key, alg: str, kid: str, kind: str | None
) -> None:
    attempt = Attempt()
    header = {} if kind is None else {"typ": kind}
    sent = answer_of(page.get(path(party, signed(claims_of(party, attempt), key, alg, kid, **header))))
    assert sent["state"] == attempt.state
    tokens = party.redeem(sent["code"], attempt).json()
    assert party.read(tokens["id_token"])["nonce"] == attempt.nonce


def test_only_the_object_counts(page: Browser, party: RelyingParty) -> None:
    """RFC 9101 section 6.3: what was added to the address by somebody on the way changes nothing."""
    attempt = Attempt()
    token = signed(claims_of(party, attempt, nonce=None, max_age=600, claims={"id_token": {"name": None}}))
    beside = {
        "response_type": "code",
        "scope": "openid",
        "state": "other",
        "nonce": "other",
        "redirect_uri": "https://attacker.example/",
        "prompt": "login",
    }
    sent = answer_of(page.get(path(party, token, **beside)))
    assert sent["state"] == attempt.state
    own = party.read(party.redeem(sent["code"], attempt).json()["id_token"])
    assert "nonce" not in own
    assert own["name"]
    missing = answer_of(
        page.get(path(party, signed(claims_of(party, attempt, code_challenge=None)), code_challenge="a"))
    )
    assert missing["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": None},
        {"aud": "https://other.example"},
        {"aud": ["https://other.example"]},
        {"iss": "oa"},
        {"iss": None, "client_id": None},
        {"client_id": "oa"},
        {"iss": ["signing"]},
        {"client_id": {"signing": 1}},
        {"response_type": ["code"]},
        {"exp": 10**400},
        {"sub": "signing"},
        {"exp": 1_700_000_000},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 4_000_000_000},
        {"request": "e30."},
        {"request_uri": "https://rp.example/r"},
        {"scope": ["openid"]},
        {"nonce": 5},
        {"max_age": True},
        {"claims": "not JSON but text", "prompt": ["none"]},
        {"state": "x\ud800"},
    ],
)
def test_what_an_object_must_say(page: Browser, party: RelyingParty, changed: dict[str, Any]) -> None:
    attempt = Attempt()
    beside = {"redirect_uri": CALLBACK, "state": attempt.state}
    refused(page.get(path(party, signed(claims_of(party, attempt, **changed)), **beside)), attempt)


@pytest.mark.parametrize("name", ["response_type", "client_id"])
def test_nothing_beside_an_object_contradicts_it(page: Browser, party: RelyingParty, name: str) -> None:
    attempt = Attempt()
    token = signed(claims_of(party, attempt, **({"client_id": "oa"} if name == "client_id" else {})))
    refused(page.get(path(party, token, **({"response_type": "token"} if name == "response_type" else {}))), attempt)


def test_nobody_else_signs_for_a_client(page: Browser, party: RelyingParty) -> None:
    attempt, other = Attempt(), ECKey.generate_key("P-256")
    claims = claims_of(party, attempt)
    good = signed(claims)
    head, body, signature = good.split(".")
    none = f"eyJhbGciOiJub25lIn0.{body}."
    hmac = signed(claims, OctKey.import_key("a-secret-of-256-bits-in-a-test-only-1234567"), "HS256", "e")
    for token in (
        signed(claims, other),
        signed(claims, other, kid="unknown"),
        signed(claims, other, jwk=dict(other.as_dict(private=False))),
        f"{head}.{body}.{signature[:-6]}AAAAAA",
        signed(claims, typ="at+jwt"),
        signed(claims, crit=["exp"]),
        signed(claims, typ=["JWT"]),
        signed(claims, typ={}),
        signed(claims, KEY, "ES256", ["e"]),  # type: ignore[arg-type]
        signed(claims, b64=False),
        none,
        hmac,
    ):
        beside = {"redirect_uri": CALLBACK, "state": attempt.state}  # what cannot be read says nothing itself
        refused(page.get(path(party, token, **beside)), attempt)
    assert "code" in answer_of(page.get(path(party, signed(claims, unheard="of")))), "RFC 7515 section 4"


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"not JSON", b'{"aud": NaN}', b'{"a":' * 500 + b"1" + b"}" * 500, b'{"state": "\\ud800"}', b"\xff"],
)
def test_an_object_that_cannot_be_read(page: Browser, party: RelyingParty, payload: bytes) -> None:
    attempt, token = Attempt(), signed(payload)
    refused(page.get(path(party, token, redirect_uri=CALLBACK, state=attempt.state)), attempt)
    shown = page.get(path(party, token))
    assert (shown.status_code, "location" in shown.headers) == (400, False)
    assert "IDENTITY_REDIRECT_URI_MISSING" in shown.text


def test_an_object_has_a_size(page: Browser, party: RelyingParty) -> None:
    attempt = Attempt()
    assert "code" in answer_of(page.get(path(party, signed(claims_of(party, attempt, junk="x" * 4_000)))))
    outside = {"redirect_uri": CALLBACK, "state": attempt.state}
    large = signed(claims_of(party, attempt, junk="x" * 8_000))
    refused(page.get(path(party, large, **outside)), attempt, "invalid_request")
    two = f"{path(party, signed(claims_of(party, attempt)), **outside)}&request=e30."
    refused(page.get(two), attempt, "invalid_request")


def test_an_object_leads_nowhere_else(page: Browser, party: RelyingParty) -> None:
    for token in (signed(claims_of(party, Attempt(), redirect_uri="https://attacker.example/")), "e30.e30.e30"):
        shown = page.get(path(party, token, redirect_uri="https://attacker.example/"))
        assert (shown.status_code, "location" in shown.headers) == (400, False)
        assert "IDENTITY_REDIRECT_URI_MISMATCH" in shown.text


def test_a_client_is_held_to_the_algorithm_that_it_registered(page: Browser, registered_for_one: RelyingParty) -> None:
    attempt = Attempt()
    claims = claims_of(registered_for_one, attempt)
    assert "code" in answer_of(page.get(path(registered_for_one, signed(claims, RSA, "PS256", "r"))))
    for token in (signed(claims), signed(claims, RSA, "RS256", "r")):
        refused(page.get(path(registered_for_one, token)), attempt)


def test_an_object_can_be_pushed(page: Browser, party: RelyingParty) -> None:
    """RFC 9126 section 3."""
    attempt = Attempt()
    token = signed(claims_of(party, attempt))
    answer = party.token({"client_id": party.client_id, "request": token, "state": "other"}, "/par")
    assert answer.status_code == 201, answer.text
    where = f"/authorize?{urlencode({'client_id': party.client_id, 'request_uri': answer.json()['request_uri']})}"
    assert answer_of(page.get(where))["state"] == attempt.state
    for changed in ({"aud": "https://other.example"}, {"exp": 1}, {"redirect_uri": "https://attacker.example/"}):
        bad = party.token({"request": signed(claims_of(party, attempt, **changed))}, "/par")
        expected = "invalid_request" if "redirect_uri" in changed else "invalid_request_object"
        assert (bad.status_code, bad.json()["error"]) == (400, expected)


def test_an_object_pushes_nothing_that_must_be_pushed(page: Browser, fapi2: RelyingParty, identity: Identity) -> None:
    """FAPI 2.0: by value at the endpoint is no pushing; an object says `exp` and `nbf`, an hour apart at most."""
    attempt, now = Attempt(), int(time.time())
    kid = fapi2.client_id
    refused(page.get(path(fapi2, signed(claims_of(fapi2, attempt), kid=kid))), attempt, "invalid_request")
    pushed = {"request": signed(claims_of(fapi2, attempt), kid=kid)}
    assert fapi2.token(pushed, "/par").status_code == 201
    for changed in ({"exp": None}, {"nbf": None}, {"exp": now + 3_700}, {"nbf": now - 3_700, "exp": now + 60}):
        bad = fapi2.token({"request": signed(claims_of(fapi2, attempt, **changed), kid=kid)}, "/par")
        assert bad.json()["error"] == "invalid_request_object", changed


def test_an_object_waits_without_its_parameters_in_an_address(identity: Identity, party: RelyingParty) -> None:
    visitor, attempt = identity.browser(), Attempt()
    claims = claims_of(party, attempt, login_hint="hr01", exp=int(time.time()) - 4)
    needed = visitor.get(path(party, signed(claims)))
    continuation = answer_of(needed)["continue"]
    assert "request_uri=" in continuation
    assert attempt.state not in continuation
    time.sleep(7)  # its own life is over, that of the waiting request is not
    assert answer_of(visitor.get(path(party, signed(claims))))["error"] == "invalid_request_object"
    signed_in = identity.sign_in(visitor, "hr01", continuation)
    answer = answer_of(visitor.get(signed_in.headers["location"]))
    assert party.redeem(answer["code"], attempt).status_code == 200


def test_a_request_object_is_no_client_assertion(party: RelyingParty, fapi2: RelyingParty) -> None:
    """RFC 9101 section 10.8, both ways."""
    attempt = Attempt()
    token = signed(claims_of(fapi2, attempt), kid=fapi2.client_id)
    answer = fapi2.token({"client_assertion": token, "client_assertion_type": "x", "grant_type": "x"})
    assert answer.json()["error"] in {"invalid_client", "invalid_request"}
    pushed = fapi2.token({"request": fapi2.assertion()}, "/par")
    assert pushed.json()["error"] == "invalid_request_object"


def test_who_has_all_requests_signed_gets_nothing_for_a_plain_one(page: Browser, always_signing: RelyingParty) -> None:
    """RFC 9101 section 10.5."""
    attempt, kid = Attempt(), always_signing.client_id
    refused(page.get(always_signing.authorize_path(attempt)), attempt, "invalid_request")
    pushed = always_signing.push(attempt)
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")
    token = signed(claims_of(always_signing, attempt), kid=kid)
    assert answer_of(page.get(path(always_signing, token)))["state"] == attempt.state
    pushed = always_signing.token({"request": signed(claims_of(always_signing, attempt), kid=kid)}, "/par")
    by_reference = urlencode({"client_id": kid, "request_uri": pushed.json()["request_uri"]})
    sent = answer_of(page.get(f"/authorize?{by_reference}"))
    assert always_signing.redeem(sent["code"], attempt).status_code == 200

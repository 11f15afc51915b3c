"""Whatever comes in: OAuth endpoints answer OAuth errors, pages answer a page, and nothing fails (no 5xx)."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from tests.support.identity.dpop import DpopKey
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import ASSERTION_TYPE, Identity, RelyingParty
from tests.support.platform import BoundService

FORM = "application/x-www-form-urlencoded"
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
)
GRANT = "client_credentials"
OBJECT_KEY = ECKey.generate_key("P-256")
ENDPOINTS = ("/token", "/introspect", "/revoke", "/par", "/device_authorization")
NAMES = (
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "audience",
    "device_code",
    "token",
    "token_type_hint",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "actor_token",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "response_type",
    "response_mode",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "claims",
    "request",
    "request_uri",
    "dpop_jkt",
    "resource",
)

few = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
headers = st.fixed_dictionaries(
    {"alg": st.sampled_from(["ES256", "RS256", "EdDSA", "none"]) | documents},
    optional={
        "typ": st.sampled_from(["JWT", "at+jwt", "dpop+jwt"]) | documents,
        "kid": st.sampled_from(["oa", "workflow"]) | documents,
        "jwk": documents,
        "crit": documents,
    },
)
claims = st.dictionaries(
    st.sampled_from(["iss", "sub", "aud", "jti", "iat", "exp", "nbf", "htm", "htu", "ath", "grant"]),
    st.sampled_from(["workflow", "oa", "POST", "http://[", "\ud800" * 9]) | documents,
    max_size=8,
)
tokens = st.builds(
    lambda *parts: ".".join(map(part, parts)),
    headers | documents,
    claims | documents | st.just(b"[" * 3000),
    st.binary(max_size=64),
)
values = (
    tokens
    | st.text(max_size=20)
    | st.sampled_from(
        [*GRANT_TYPES, *NAMES, ASSERTION_TYPE, "openid", "none", "oa", "code", "S256", "http://[", "A" * 3000]
    )
    | documents.map(json.dumps)
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=5), values), max_size=8)
bodies = pairs.map(lambda found: urlencode(found, errors="surrogatepass").encode()) | st.binary(max_size=60)


@pytest.fixture(scope="module")
async def everything(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    """A client that may use every grant type, so that each one's own checks are reached."""
    return await add_client(
        bound_identity,
        "fuzzed",
        grant_types=list(GRANT_TYPES),
        scopes=["openid", "profile", "offline_access"],
        jwks={"keys": [dict(OBJECT_KEY.as_dict(private=False))]},
    )


@pytest.fixture(scope="module")
def http(identity: Identity) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=identity.url, timeout=20) as client:
        yield client


def refused_as_oauth(answer: httpx.Response) -> None:
    assert answer.status_code in {200, 201, 400, 401}, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert {"error", "error_description"} <= answer.json().keys(), answer.text


def never_let_in(answer: httpx.Response) -> None:
    assert answer.status_code in {400, 401}, (answer.status_code, answer.text)
    if answer.status_code == 401 and not answer.content:  # no token came, so that no error is named (RFC 6750 3.1)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        return
    refused_as_oauth(answer)


@few
@given(
    path=st.sampled_from(ENDPOINTS), body=bodies, proven=st.booleans(), kind=st.sampled_from([FORM, FORM, "text/plain"])
)
def test_forms(http: httpx.Client, everything: RelyingParty, path: str, body: bytes, proven: bool, kind: str) -> None:
    auth = (everything.client_id, everything.secret or "") if proven else None
    refused_as_oauth(http.post(path, content=body, headers={"Content-Type": kind}, auth=auth))


@few
@given(grant_type=st.sampled_from(GRANT_TYPES), rest=pairs)
def test_each_grant_type(
    http: httpx.Client, everything: RelyingParty, grant_type: str, rest: list[tuple[str, str]]
) -> None:
    form = [("grant_type", grant_type), *(pair for pair in rest if pair[0] not in {"grant_type", "client_id"})]
    body = urlencode(form, errors="surrogatepass").encode()
    auth = (everything.client_id, everything.secret or "")
    refused_as_oauth(http.post("/token", content=body, headers={"Content-Type": FORM}, auth=auth))


@few
@given(assertion=tokens)
def test_client_assertions(http: httpx.Client, identity: Identity, assertion: str) -> None:
    """None of them is signed by a client's key; the client's own assertion is taken."""
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    never_let_in(http.post("/token", data=form | {"client_assertion": assertion}))
    own = identity.platform("workflow").token({"token": "nonsense"}, "/introspect")
    assert (own.status_code, own.json()) == (200, {"active": False})


@few
@given(authorization=st.binary(max_size=40).map(lambda raw: b"Basic " + base64.b64encode(raw)) | st.binary(max_size=20))
def test_authorization_headers(http: httpx.Client, identity: Identity, authorization: bytes) -> None:
    clean = authorization.translate(None, bytes(range(32)) + b"\x7f").strip()
    for path in ("/token", "/register", "/userinfo", "/register/oa"):
        method = "GET" if path == "/register/oa" else "POST"
        options: dict[str, Any] = {"data": {"grant_type": "client_credentials"}} if path == "/token" else {}
        never_let_in(http.request(method, path, headers={"Authorization": clean}, **options))


@few
@given(header=headers, said=claims)
def test_proofs_of_possession(
    http: httpx.Client, identity: Identity, everything: RelyingParty, header: dict[str, Any], said: dict[str, Any]
) -> None:
    """With a forged header, with claims that the key has signed, and with nothing wrong."""
    url, auth, form = f"{identity.url}/token", (everything.client_id, everything.secret or ""), {"grant_type": GRANT}
    proof = DpopKey().proof("POST", url)
    right = json.loads(base64.urlsafe_b64decode(proof.split(".")[1] + "=="))
    forged = f"{part(header)}.{part(right | said)}.{proof.split('.')[2]}"
    signable = {name: value for name, value in said.items() if "\\ud" not in json.dumps(value)}
    never_let_in(http.post("/token", data=form, headers={"DPoP": forged}, auth=auth))
    signed = http.post("/token", data=form, headers={"DPoP": DpopKey().proof("POST", url, **signable)}, auth=auth)
    refused_as_oauth(signed)
    claimed = right | signable
    if signed.status_code == 200:
        assert (claimed["htm"], claimed["htu"]) == ("POST", url)
        assert isinstance(claimed["jti"], str)
    untouched = http.post("/token", data=form, headers={"DPoP": DpopKey().proof("POST", url)}, auth=auth)
    assert (untouched.status_code, untouched.json().get("token_type")) == (200, "DPoP"), untouched.text


@few
@given(query=bodies)
def test_authorization_requests(http: httpx.Client, everything: RelyingParty, query: bytes) -> None:
    known = urlencode({"client_id": everything.client_id, "redirect_uri": everything.redirect_uri}).encode()
    for each in (query, known + b"&" + query):
        target = quote(each, safe="=&%+")
        answer = http.get(f"/authorize?{target}", headers={"Accept": "text/html"})
        assert answer.status_code in {200, 303, 400}, (answer.status_code, answer.text)
        posted = http.post("/authorize", content=each, headers={"Content-Type": FORM})
        assert posted.status_code in {303, 400}, (posted.status_code, posted.text)
        ended = http.get(f"/end-session?{target}")
        assert ended.status_code in {303, 400}, (ended.status_code, ended.text)


said = st.dictionaries(
    st.sampled_from([*NAMES, "iss", "sub", "aud", "exp", "nbf"]),
    st.sampled_from(["fuzzed", "code", "openid", "form_post", "none", 0, 2**80]) | documents,
    max_size=8,
)


@few
@given(claims=said | documents, right=st.booleans())
def test_request_objects(http: httpx.Client, everything: RelyingParty, claims: Any, right: bool) -> None:
    """Signed by the client itself, whatever they say."""
    whole = {
        "iss": everything.client_id,
        "aud": everything.issuer,
        "response_type": "code",
        "redirect_uri": everything.redirect_uri,
        "scope": "openid",
    }
    text = json.dumps(whole | claims if right and isinstance(claims, dict) else claims)
    token = jws.serialize_compact({"alg": "ES256"}, text, OBJECT_KEY, ["ES256"])
    query = urlencode({"client_id": everything.client_id, "request": token})
    answer = http.get(f"/authorize?{query}", headers={"Accept": "text/html"})
    assert answer.status_code in {200, 303, 400}, (answer.status_code, answer.text)
    pushed = http.post("/par", data={"request": token}, auth=(everything.client_id, everything.secret or ""))
    assert pushed.status_code in {201, 400}, (pushed.status_code, pushed.text)

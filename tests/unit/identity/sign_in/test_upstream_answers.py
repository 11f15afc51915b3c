"""Answers of upstreams that lack a part, or have one of another kind: refused with a code, never an error of ours."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from pingshan_identity.clients.oidc_upstream import OidcUpstream
from pingshan_identity.clients.wecom_upstream import WecomUpstream
from pingshan_identity.domain.errors import UpstreamAnswerRefused, UpstreamAway, UpstreamDenied
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import Proven, Upstream, UpstreamKind, Visit
from pingshan_kit.outgoing import CallFailed, Outgoing

ISSUER, CLIENT = "https://up.example", "identity"
VISIT = Visit("state", "nonce", "verifier")
KEY = ECKey.generate_key("P-256", {"kid": "k", "alg": "ES256", "use": "sig"})
KINDS: list[Any] = [None, True, False, 0, -1, 1.5, 10**400, "", " ", "x", [], ["x"], [[]], {}, {"x": {}}, "x" * 5_000]
"""Values of every kind that JSON has."""
WECOM_ERRORS = {"errcode": 40001, "errmsg": "invalid credential"}


class Answers(Outgoing):
    """The outside: an answer by the end of the address."""

    def __init__(self, **answers: Any) -> None:
        super().__init__()
        self.answers = answers

    async def call(self, method: str, address: Any, **content: Any) -> httpx.Response:
        del method, content
        answer = self.answers[str(getattr(address, "url", address)).rstrip("/").rpartition("/")[2].replace("-", "_")]
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, content=json.dumps(answer).encode())


class Hanging(Outgoing):
    """The outside that never answers: each call ends with its time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def call(self, method: str, address: Any, **content: Any) -> httpx.Response:
        del method, address, content
        await asyncio.sleep(self.seconds)
        raise CallFailed("TIMEOUT", sent=True)


def upstream(kind: UpstreamKind) -> Upstream:
    return Upstream(
        "up", kind, "上游", "Upstream", Realm.STAFF, ISSUER, CLIENT, "secret", True, True, "1", ISSUER, ISSUER
    )


def oidc(**answers: Any) -> OidcUpstream:
    normal = {"openid_configuration": METADATA, "token": {"id_token": id_token()}, "jwks": JWKS}
    return OidcUpstream(
        upstream(UpstreamKind.OIDC), "secret", "https://us.example/callback", Answers(**normal | answers)
    )


def wecom(**answers: Any) -> WecomUpstream:
    outgoing = Answers(**{"gettoken": TOKEN, "getuserinfo": MEMBER} | answers)
    return WecomUpstream(upstream(UpstreamKind.WECOM), "secret", "https://us.example/callback", outgoing)


def id_token(claims: Any = None, **changed: Any) -> str:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": CLIENT, "nonce": "nonce", "sub": "s", "iat": now, "exp": now + 60} | changed
    header = {"alg": "ES256", "kid": "k"}
    if claims is None:
        return jwt.encode(header, whole, KEY, algorithms=["ES256"])
    return jws.serialize_compact(header, json.dumps(claims), KEY, algorithms=["ES256"])


METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}
JWKS = {"keys": [KEY.as_dict(private=False)]}
TOKEN = {"errcode": 0, "access_token": "token", "expires_in": 7200}
MEMBER = {"errcode": 0, "userid": "Water01"}


def without(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key != name}


def came(client: OidcUpstream | WecomUpstream) -> Proven | str:
    """Who came back, or the class of the refusal."""

    async def visit() -> Proven:
        await client.address(VISIT, language="zh-Hans", in_wecom=False)
        return await client.prove({"code": "c", "iss": ISSUER, "state": "state"}, VISIT)

    try:
        return asyncio.run(visit())
    except (UpstreamAnswerRefused, UpstreamAway, UpstreamDenied) as refused:
        return type(refused).__name__


def test_what_is_right_is_taken() -> None:
    assert came(oidc()) == Proven(subject="s")
    assert came(wecom()) == Proven(subject="water01")


@pytest.mark.parametrize("part", ["head", "claims"])
def test_an_id_token_nested_thousands_of_levels_is_refused(part: str) -> None:
    deep = "[" * 50_000
    head, claims = ('{"alg":"ES256","x":' + deep, "{}") if part == "head" else ('{"alg":"ES256","kid":"k"}', deep)
    if part == "claims":
        token = jws.serialize_compact(json.loads(head), claims, KEY, algorithms=["ES256"])
    else:
        token = ".".join(urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in (head, claims, "x"))
    assert came(oidc(token={"id_token": token})) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("name", ["access_token", "expires_in", "errcode"])
def test_a_token_of_wecom_without_a_part_is_refused(name: str) -> None:
    assert came(wecom(gettoken=without(TOKEN, name))) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("make", [lambda body: wecom(gettoken=body), lambda body: wecom(getuserinfo=body)])
@pytest.mark.parametrize(
    "body",
    [
        *KINDS,
        WECOM_ERRORS,
        *(
            httpx.Response(status, content=text)
            for status in (200, 400, 404)
            for text in (b"", b"<html>", b"{", b"\xff")
        ),
    ],
)
def test_an_answer_of_wecom_that_is_none_is_refused(make: Callable[[Any], WecomUpstream], body: Any) -> None:
    assert came(make(body)) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("name", ["errcode", "access_token", "expires_in"])
@pytest.mark.parametrize("value", KINDS)
def test_parts_of_another_kind_in_a_token_of_wecom(name: str, value: Any) -> None:
    """A token may be any text; a code that is no zero is a refusal, or that it is busy; time is a number above zero."""
    right = {
        "errcode": value == 0 and not isinstance(value, bool),
        "access_token": isinstance(value, str) and value.strip() == value and len(value) > 0,
        "expires_in": value in (1.5, 10**400) and not isinstance(value, bool),
    }[name]
    expected = Proven(subject="water01") if right else "UpstreamAway" if (name, value) == ("errcode", -1) else None
    assert came(wecom(gettoken=TOKEN | {name: value})) == (expected or "UpstreamAnswerRefused")


@pytest.mark.parametrize("name", ["errcode", "userid"])
@pytest.mark.parametrize("value", KINDS)
def test_parts_of_another_kind_in_a_member_of_wecom(name: str, value: Any) -> None:
    found = came(wecom(getuserinfo=MEMBER | {name: value}))
    if (name, value) == ("userid", "x"):
        assert found == Proven(subject="x")
    elif name == "errcode" and value == 0 and not isinstance(value, bool):
        assert found == Proven(subject="water01")
    else:
        assert found in {"UpstreamAnswerRefused", "UpstreamAway", "UpstreamDenied"}


@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("value", [*KINDS, "javascript:alert(1)", "https://[", "https://u:p@up.example/token"])
def test_metadata_of_another_kind_leads_nowhere(name: str, value: Any) -> None:
    assert came(oidc(openid_configuration=METADATA | {name: value})) == "UpstreamAnswerRefused"
    assert came(oidc(openid_configuration=without(METADATA, name))) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("answer", ["openid_configuration", "token", "jwks"])
@pytest.mark.parametrize("body", [*KINDS, {"error": "invalid_grant"}, httpx.Response(200, content=b"<html>")])
def test_an_answer_of_an_upstream_that_is_none_is_refused(answer: str, body: Any) -> None:
    assert came(oidc(**{answer: body})) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("value", [*KINDS, *([each] for each in KINDS), [JWKS["keys"][0] | {"x": 1}]])
def test_keys_of_another_kind_check_nothing(value: Any) -> None:
    assert came(oidc(jwks={"keys": value})) == "UpstreamAnswerRefused"


@pytest.mark.parametrize("value", KINDS)
def test_an_id_token_of_another_kind_is_refused(value: Any) -> None:
    assert came(oidc(token={"id_token": value})) == "UpstreamAnswerRefused"
    assert came(oidc(token={"id_token": id_token(value)})) == "UpstreamAnswerRefused" or value is None


@pytest.mark.parametrize(
    "name", ["iss", "aud", "nonce", "sub", "iat", "exp", "nbf", "azp", "name", "mobile", "person_number"]
)
@pytest.mark.parametrize("value", KINDS)
def test_claims_of_another_kind_prove_nothing(name: str, value: Any) -> None:
    found = came(oidc(token={"id_token": id_token(**{name: value})}))
    if isinstance(found, Proven):
        assert (found.mobile, found.person_number) == (None, None)
        assert found.subject in {"s", "x"}
    else:
        assert found == "UpstreamAnswerRefused"


async def test_who_waited_for_a_token_of_wecom_in_vain_does_not_wait_again() -> None:
    """Else the tenth of ten who come at once waits ten times as long as the first, and the next ones after them."""
    hanging = WecomUpstream(upstream(UpstreamKind.WECOM), "secret", "https://us.example/callback", Hanging(0.2))
    began = time.monotonic()
    asked = [hanging.prove({"code": "c"}, VISIT) for _ in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in answers} == {UpstreamAway}
    assert time.monotonic() - began < 0.6
    with pytest.raises(UpstreamAway):
        await hanging.prove({"code": "c"}, VISIT)
    assert time.monotonic() - began > 0.35, "who comes later asks anew"

"""Tokens that prove nothing."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pingshan_kit.errors import Unavailable
from pingshan_kit.outgoing import CallFailed, Outgoing
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import AccessTokens, IssuerKeys, Revocations, ServiceTokens, access_tokens, trust_of
from pingshan_kit.trust.jose import TokenRefused
from pingshan_tools import secret_files
from starlette.applications import Starlette

from tests.support.kit.console import browser, console
from tests.support.kit.service import Alerts, ELicense, alive, key_withdrawn
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer


@pytest.fixture(scope="module")
def app(settings: ELicense, publisher: Database) -> Starlette:
    trust_of(settings).revocations.introspect = alive
    return console(settings, publisher)


@pytest.fixture
async def client(app: Starlette, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, settings) as client:
        yield client


async def refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/v1/mine", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "PLATFORM_UNAUTHENTICATED")
    challenge = 'Bearer realm="pingshan", error="invalid_token", DPoP realm="pingshan", algs="ES256 EdDSA"'
    assert answer.headers["www-authenticate"] == challenge


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.split(".")
    return json.loads(raw(header)), json.loads(raw(payload))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    registry = jws.JWSRegistry(strict_check_header=False, algorithms=[header["alg"]])
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, registry=registry)


async def test_a_token_for_this_service_is_taken(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    answer = await client.get("/v1/mine", headers=identity_tokens.bearer("e-license", "officer"))
    assert answer.json()["roles"] == ["officer"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "workflow"},
        {"aud": ["e-license", "workflow"]},
        {"iss": "http://evil.example"},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": int(time.time()) + 86_400},
        {"iat": int(time.time()), "exp": int(time.time()) + 3_600},
        {"sub": None},
        {"sid": None},
        {"realm": "admin"},
        {"roles": "officer"},
        {"acr": None},
    ],
)
async def test_claims_that_do_not_fit(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, claims: dict[str, Any]
) -> None:
    await refused(client, identity_tokens.mint("e-license", "officer", **claims))


async def test_without_a_role(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    answer = await client.get("/v1/mine", headers=identity_tokens.bearer("e-license", "operator"))
    assert (answer.status_code, answer.json()["code"]) == (403, "PLATFORM_FORBIDDEN")


async def test_without_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/mine")).status_code == 401


@pytest.mark.parametrize("spelling", ["none", "None", "NONE"])
async def test_alg_none(client: httpx.AsyncClient, identity_tokens: TokenIssuer, spelling: str) -> None:
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    await refused(client, f"{text(header | {'alg': spelling})}.{text(claims)}.")


async def test_hmac_with_the_public_key(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    unsigned = f"{text(header | {'alg': 'HS256'})}.{text(claims)}"
    mac = hmac.digest(identity_tokens.key.as_pem(private=False), unsigned.encode(), "sha256")
    await refused(client, f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


async def test_an_unknown_kid(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    await refused(client, signed(header | {"kid": "mine"}, claims, identity_tokens.key))


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "crit", "b64"])
async def test_a_header_that_brings_its_own_key(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, member: str
) -> None:
    own = ECKey.generate_key("P-256")
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    token = f"{text(header | {member: own.as_dict(private=False)})}.{text(claims)}"
    await refused(client, f"{token}.{signed(header, claims, own).split('.')[2]}")


async def test_another_key_under_a_known_kid(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    await refused(client, signed(header, claims, ECKey.generate_key("P-256")))


@pytest.mark.parametrize("kind", ["JWT", "pingshan-service+jwt", ""])
async def test_a_token_of_another_kind(client: httpx.AsyncClient, identity_tokens: TokenIssuer, kind: str) -> None:
    """An ID token has the same issuer and audience: it must not open the API."""
    header, claims = parts(identity_tokens.mint("e-license", "officer"))
    await refused(client, signed(header | {"typ": kind}, claims, identity_tokens.key))


async def test_base64url_that_is_not_canonical(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    token = identity_tokens.mint("e-license", "officer")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + last[last.index(token[-1]) ^ 1]
    assert raw(twin.split(".")[2]) == raw(token.split(".")[2])
    for spoiled in (twin, f"{token}=", token.replace(".", ". "), f"{token}.", "..", "x"):
        await refused(client, spoiled)


async def test_made_up_kids_do_not_become_fetches(identity_tokens: TokenIssuer) -> None:
    """An issuer that is away says so; one that answered is not asked again for every made-up kid."""
    away = AccessTokens("e-license", "http://127.0.0.1:1", IssuerKeys("http://127.0.0.1:1", Revocations()))
    with pytest.raises(Unavailable):
        await away.verify(identity_tokens.mint("e-license"))
    keys = IssuerKeys(identity_tokens.url, Revocations())
    await keys.get("test-issuer")
    began = time.monotonic()
    for number in range(200):
        with pytest.raises(TokenRefused):
            await keys.get(f"made-up-{number}")
    assert time.monotonic() - began < 0.1


async def test_made_up_kids_do_not_queue_up_before_an_issuer_that_hangs(
    identity_tokens: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits for one fetch at most, and an honest token with a key that has grown old no longer than they."""
    revocations = Revocations()
    keys = IssuerKeys(identity_tokens.url, revocations)
    await keys.get("test-issuer")
    monkeypatch.setattr(Revocations, "informed", True)
    monkeypatch.setattr(access_tokens, "_FRESH", 0.0)
    monkeypatch.setattr(access_tokens, "_REFETCH_AFTER", 0.0)

    async def hang(_outgoing: Outgoing, _method: str, _address: str) -> httpx.Response:
        await asyncio.sleep(0.2)
        raise CallFailed("TIMEOUT", sent=True)

    monkeypatch.setattr(Outgoing, "call", hang)
    began = time.monotonic()
    asked = [asyncio.create_task(keys.get(f"made-up-{number}")) for number in range(20)]
    await asyncio.sleep(0)
    assert await keys.get("test-issuer"), "what was known counts while the issuer does not answer"
    assert {type(each) for each in await asyncio.gather(*asked, return_exceptions=True)} == {Unavailable}
    assert time.monotonic() - began < 1


async def test_keys_of_other_algorithms_are_passed_over_and_a_withdrawn_one_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = TokenIssuer()
    others = (RSAKey.generate_key(2048, {"kid": "rsa"}), OKPKey.generate_key("Ed25519", {"kid": "ed"}))
    issuer.published[:0] = [dict(key.as_dict(private=False)) for key in others]
    issuer.published.append({"kty": "EC", "crv": "P-256", "x": "no kid"})
    keys = IssuerKeys(issuer.url, Revocations())
    await keys.get("test-issuer")
    with pytest.raises(TokenRefused):
        await keys.get("rsa")
    issuer.published.clear()
    await keys.get("test-issuer")
    monkeypatch.setattr(access_tokens, "_FRESH_UNINFORMED", 0)
    with pytest.raises(TokenRefused):
        await keys.get("test-issuer")
    issuer.close()


@pytest.fixture(scope="module")
def alerts(platform: TestPlatform) -> Alerts:
    return platform.service("alerts", migrated=False).settings(Alerts)


def test_a_service_proves_itself(settings: ELicense, alerts: Alerts) -> None:
    assert ServiceTokens(settings).verify(ServiceTokens(alerts).sign("e-license")).service == "alerts"


def test_a_service_token_for_another_callee(settings: ELicense, alerts: Alerts) -> None:
    with pytest.raises(TokenRefused, match="audience"):
        ServiceTokens(settings).verify(ServiceTokens(alerts).sign("workflow"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "workflow"}, "issuer"),
        ({"exp": int(time.time()) + 3_600}, "lives too long"),
        ({"iat": int(time.time()) - 120, "exp": int(time.time()) - 60}, "expired"),
        ({"person": {"sub": ""}}, "person"),
    ],
)
def test_a_service_token_that_does_not_fit(
    settings: ELicense, alerts: Alerts, change: dict[str, Any], why: str
) -> None:
    header, claims = parts(ServiceTokens(alerts).sign("e-license"))
    with pytest.raises(TokenRefused, match=why):
        ServiceTokens(settings).verify(signed(header, claims | change, alerts.service_key))


def test_a_service_cannot_sign_for_another(settings: ELicense, alerts: Alerts) -> None:
    header, claims = parts(ServiceTokens(alerts).sign("e-license"))
    token = signed(header | {"kid": "workflow"}, claims | {"iss": "workflow"}, alerts.service_key)
    with pytest.raises(TokenRefused, match="signature"):
        ServiceTokens(settings).verify(token)


def test_an_unknown_service(settings: ELicense, alerts: Alerts) -> None:
    header, claims = parts(ServiceTokens(alerts).sign("e-license"))
    token = signed(header | {"kid": "stranger"}, claims | {"iss": "stranger"}, ECKey.generate_key("P-256"))
    with pytest.raises(TokenRefused, match="unknown kid"):
        ServiceTokens(settings).verify(token)


def test_the_replaced_key_of_a_service_proves_nothing(settings: ELicense, alerts: Alerts, tmp_path: Path) -> None:
    """Also for a process that knows it already: it looks at the file again."""
    jwks, secrets = tmp_path / "service_jwks.json", tmp_path / "secrets"
    secret_files.make(secrets, jwks)
    copy = {name: value for name, value in alerts.model_dump().items() if name != "secrets_dir"}
    stolen, fresh = (Alerts(**copy, secrets_dir=secrets / "alerts") for _ in range(2))
    callee = ServiceTokens(settings.model_copy(update={"service_jwks": jwks}))
    assert callee.verify(ServiceTokens(stolen).sign("e-license")).service == "alerts"
    secret_files.replace_service_key(secrets, "alerts")
    secret_files.make(secrets, jwks)
    time.sleep(0.6)
    with pytest.raises(TokenRefused, match="signature"):
        callee.verify(ServiceTokens(stolen).sign("e-license"))
    assert callee.verify(ServiceTokens(fresh).sign("e-license")).service == "alerts"


async def test_a_withdrawn_key_that_is_at_hand_opens_nothing(identity_tokens: TokenIssuer) -> None:
    """The issuer still publishes it, and it was fetched a moment ago: access, ID and logout tokens are refused."""
    revocations = Revocations()
    people = AccessTokens("e-license", identity_tokens.url, IssuerKeys(identity_tokens.url, revocations))
    token = identity_tokens.mint("e-license")
    assert (await people.verify(token)).person_id
    await revocations.key_withdrawn(key_withdrawn("test-issuer"))
    for refuse in (people.verify(token), people.claims(token)):
        with pytest.raises(TokenRefused, match="withdrawn kid"):
            await refuse
    header, claims = parts(token)
    with pytest.raises(TokenRefused, match="withdrawn kid"):
        await people.id_token_claims(signed(header | {"typ": "JWT"}, claims, identity_tokens.key), "nonce")
    with pytest.raises(TokenRefused, match="withdrawn kid"):
        await people.logout_token_claims(signed(header | {"typ": "logout+jwt"}, claims, identity_tokens.key))


async def test_where_nobody_tells_of_withdrawn_keys_the_issuer_is_asked() -> None:
    """A key counts for half a second after it was published; an issuer that is away then leaves no key to count."""
    issuer = TokenIssuer()
    people = AccessTokens("e-license", issuer.url, IssuerKeys(issuer.url, Revocations()))
    token = issuer.mint("e-license")
    assert (await people.verify(token)).person_id
    issuer.close()
    await asyncio.sleep(0.6)
    with pytest.raises(Unavailable):
        await people.verify(token)

"""A stolen signing key is replaced: two seconds later it opens nothing, in any of the five services."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import Key

from tests.support.identity.fixtures import seeded
from tests.support.identity.parties import Attempt, Identity, csrf_of, submit
from tests.support.identity.signing import private_keys
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import free_port, until

PROMISE = 2.0
DOORS = {
    "identity": "/v1/organisations",
    "e-license": "/v1/my/licenses",
    "workflow": "/v1/tasks",
    "wifi-portal": "/v1/hotspots",
    "alerts": "/v1/alerts",
}


@pytest.fixture(scope="module")
def services(platform: TestPlatform, bound_identity: BoundService) -> Mapping[str, str]:
    """The origins of five running services that believe this identity."""
    for service in DOORS:
        platform.service(service, seeded=service == "identity").fields["issuer"] = bound_identity.fields["issuer"]
    platform.start("identity")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda service: platform.start(service, "http"), [name for name in DOORS if name != "identity"]))
    origins = {service: platform.service(service).fields["public_url"] for service in DOORS}
    assert all(httpx.get(f"{origins[service]}{door}").status_code == 401 for service, door in DOORS.items())
    return origins


@pytest.fixture(scope="module")
def identity(platform: TestPlatform, bound_identity: BoundService, services: Mapping[str, str]) -> Identity:
    assert services
    return seeded(platform, bound_identity)


class Thief:
    """Has a copy of identity's key, and signs as an agency's system for every service."""

    def __init__(self, issuer: str, key: Key) -> None:
        self._issuer = issuer
        self._key = key
        self.kid = str(key.kid)

    def answer(self, service: str, url: str) -> int:
        now = int(time.time())
        claims = {"iss": self._issuer, "sub": "amr-system", "client_id": "amr-system", "aud": service, "iat": now}
        claims |= {"exp": now + 600, "jti": str(uuid4()), "org": "amr", "roles": []}
        token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self.kid}, claims, self._key)
        return httpx.get(f"{url}{DOORS[service]}", headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code


@pytest.fixture
async def thief(identity: Identity, bound_identity: BoundService) -> Thief:
    return Thief(identity.url, (await private_keys(bound_identity))["ES256"])


def withdraw(identity: Identity, kid: str) -> float:
    """Has two administrators replace the key, and returns when the second one's approval was answered."""
    security, system = identity.signed_in("secadmin01"), identity.signed_in("admin01")
    form = {"kind": "rotate-keys", "reason": "密钥泄露", "kid": kid}
    change = str(submit(security, "/admin/changes/propose", form, at="/admin/changes").headers["location"])
    decision = {"csrf_token": csrf_of(system.get(change)), "decision": "approved", "reason": "同意"}
    assert system.post(f"{change}/decide", decision).status_code == 303
    return time.monotonic()


def refused_everywhere(thief: Thief, services: Mapping[str, str], since: float, refusals: set[int]) -> None:
    """Asks at every door until it is closed, and fails where one is open after the promised time."""
    for service, url in services.items():
        while True:
            asked_at = time.monotonic()
            answer = thief.answer(service, url)
            if answer in refusals:
                break
            assert asked_at - since < PROMISE, f"{service} answers {answer}"
            time.sleep(0.05)


def taken_everywhere(thief: Thief, services: Mapping[str, str]) -> None:
    for service, url in services.items():
        until(lambda service=service, url=url: thief.answer(service, url) not in {401, 503}, seconds=20)


@contextmanager
def without_nats(platform: TestPlatform) -> Iterator[None]:
    platform.nats.kill()
    try:
        yield
    finally:
        platform.nats.start()


def test_a_withdrawn_key_opens_nothing_and_honest_people_go_on(
    platform: TestPlatform, identity: Identity, services: Mapping[str, str], thief: Thief
) -> None:
    identity.execute(
        "UPDATE client SET grant_types = $1, scopes = $2 WHERE client_id = 'oa'",
        ["authorization_code", "refresh_token"],
        ["openid", "profile", "offline_access"],
    )
    page, party, attempt = identity.signed_in("water01"), identity.district(), Attempt()
    before = party.redeem(identity.code(page, party, attempt, scope="openid offline_access"), attempt).json()
    bearer = {"Authorization": f"Bearer {before['access_token']}"}
    assert httpx.get(f"{identity.url}/userinfo", headers=bearer).status_code == 200
    taken_everywhere(thief, services)

    since = withdraw(identity, thief.kid)
    refused_everywhere(thief, services, since, {401})
    until(lambda: httpx.get(f"{identity.url}/userinfo", headers=bearer).status_code == 401, seconds=PROMISE)
    published = httpx.get(f"{identity.url}/jwks")
    assert thief.kid not in {key["kid"] for key in published.json()["keys"]}
    assert published.headers["cache-control"] == "public, max-age=300"
    asked = party.token({"token": before["access_token"]}, "/introspect")
    assert asked.json() == {"active": False}

    renewed = party.token({"grant_type": "refresh_token", "refresh_token": before["refresh_token"]}).json()
    bearer = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert httpx.get(f"{identity.url}/userinfo", headers=bearer).status_code == 200
    assert page.get("/account").status_code == 200, "the session stands in the database, under no signature"

    port = str(free_port())
    platform.start("e-license", "http", http_port=port, grpc_port=str(free_port()))
    assert thief.answer("e-license", f"http://localhost:{port}") == 401, "a process that started later"


def test_without_nats_a_withdrawn_key_is_refused_all_the_same(
    platform: TestPlatform, identity: Identity, services: Mapping[str, str], thief: Thief
) -> None:
    taken_everywhere(thief, services)
    with without_nats(platform):
        since = withdraw(identity, thief.kid)
        refused_everywhere(thief, services, since, {401, 503})
        time.sleep(1)
        assert {thief.answer(service, url) for service, url in services.items()} <= {401, 503}


def test_an_unknown_key_cannot_be_withdrawn(identity: Identity) -> None:
    security = identity.signed_in("secadmin01")
    form = {"kind": "rotate-keys", "reason": "密钥泄露", "kid": "none"}
    assert submit(security, "/admin/changes/propose", form, at="/admin/changes").status_code == 422

"""Identity tells a service that a session ended: only a logout token of identity, for this service, ends anything."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of

from tests.support.kit.console import PAGE, browser, console
from tests.support.kit.openid_provider import FakeIdentity, fake_identity, sign_in
from tests.support.kit.service import ELicense, alive
from tests.support.platform import TestPlatform

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture
async def client(
    platform: TestPlatform, publisher: Database, identity: FakeIdentity
) -> AsyncIterator[httpx.AsyncClient]:
    bound = platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)
    trust_of(bound).revocations.__init__()  # type: ignore[misc]
    trust_of(bound).revocations.introspect = alive
    identity.honest()
    async with browser(console(bound, publisher), bound) as client:
        await sign_in(client, identity)
        yield client


def claims(identity: FakeIdentity, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    body = {"iss": identity.url, "aud": "e-license", "sub": "person-1", "sid": identity.session_id, "iat": now}
    body |= {"exp": now + 120, "jti": str(uuid4()), "events": {EVENT: {}}}
    return {name: value for name, value in (body | changed).items() if value is not None}


async def tell(client: httpx.AsyncClient, token: str) -> int:
    answer = await client.post("/backchannel-logout", data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def is_signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/mine", headers=PAGE)).status_code == 200


async def test_a_session_ends_by_its_sid(client: httpx.AsyncClient, identity: FakeIdentity) -> None:
    assert await is_signed_in(client)
    assert await tell(client, identity.sign(claims(identity, sid="another"), "logout+jwt")) == 200
    assert await is_signed_in(client)
    token = identity.sign(claims(identity), "logout+jwt")
    assert await tell(client, token) == 200
    assert not await is_signed_in(client)
    assert await tell(client, token) == 200, "what is ended stays ended"


async def test_a_person_ends_by_their_sub(client: httpx.AsyncClient, identity: FakeIdentity) -> None:
    assert await tell(client, identity.sign(claims(identity, sid=None), "logout+jwt")) == 200
    assert not await is_signed_in(client)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://attacker.example"},
        {"aud": "workflow"},
        {"exp": 1},
        {"iat": None},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"nonce": "n"},
        {"sid": None, "sub": None},
    ],
)
async def test_what_is_no_logout_token_of_ours_ends_nothing(
    client: httpx.AsyncClient, identity: FakeIdentity, changed: dict[str, Any]
) -> None:
    assert await tell(client, identity.sign(claims(identity, **changed), "logout+jwt")) == 400
    assert await is_signed_in(client)


@pytest.mark.parametrize("kind", ["JWT", "at+jwt"])
async def test_another_kind_of_token_ends_nothing(client: httpx.AsyncClient, identity: FakeIdentity, kind: str) -> None:
    assert await tell(client, identity.sign(claims(identity), kind)) == 400
    assert await is_signed_in(client)


async def test_a_strangers_signature_ends_nothing(client: httpx.AsyncClient, identity: FakeIdentity) -> None:
    stranger = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": identity.key.kid, "typ": "logout+jwt"}
    for token in (jwt.encode(header, claims(identity), stranger), "", "x.y.z"):
        assert await tell(client, token) == 400
    assert await is_signed_in(client)

"""Keys rotate under two processes without a restart: old tokens live on, tokens of a removed key do not."""

import json
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from joserfc import jws, jwt
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.keys.rotate_keys import rotate_keys
from pingshan_values.actor import ANONYMOUS

from tests.support.identity.dependencies import dependencies
from tests.support.identity.fixtures import seeded
from tests.support.identity.parties import Identity
from tests.support.identity.signing import private_keys
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import free_port


@pytest.fixture(scope="module")
def replicas(platform: TestPlatform, bound_identity: BoundService) -> list[str]:
    """Two processes that start at the same time on a database without keys."""
    ports = [bound_identity.fields["http_port"], str(free_port())]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(lambda port: platform.start("identity", "http", http_port=port, grpc_port=str(free_port())), ports)
        )
    return [f"http://localhost:{port}" for port in ports]


@pytest.fixture(scope="module")
def identity(platform: TestPlatform, replicas: list[str], bound_identity: BoundService) -> Identity:
    assert replicas[0] == bound_identity.fields["issuer"]
    return seeded(platform, bound_identity)


@pytest.fixture(scope="module")
async def admin(platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_admin_url("identity"))
    yield connection
    await connection.close()


def published(url: str) -> dict[str, dict[str, Any]]:
    return {key["kid"]: key for key in httpx.get(f"{url}/jwks").json()["keys"]}


def token(identity: Identity, url: str) -> str:
    """An access token that the process at `url` signed."""
    party = replace(identity.machine(), issuer=url)
    form: dict[str, str | None] = {"grant_type": "client_credentials", "audience": "identity"}
    return str(party.token(form).json()["access_token"])


def kid_of(access_token: str) -> str:
    return str(jws.extract_compact(access_token.encode()).headers()["kid"])


def opens(url: str, access_token: str) -> bool:
    """Whether the process believes the signature: a machine's token names no person, which is said only then."""
    answer = httpx.get(f"{url}/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    return "not a person's" in answer.json()["error_description"]


def until(check: Callable[[], bool]) -> None:
    given_up = time.monotonic() + 15
    while not check():
        assert time.monotonic() < given_up
        time.sleep(0.2)


async def rotate(bound: BoundService) -> None:
    async with dependencies(bound.settings(Settings)) as deps:
        await rotate_keys(deps, ANONYMOUS)


def test_two_processes_on_an_empty_table_make_one_key_of_each_algorithm(replicas: list[str]) -> None:
    here, there = (published(url) for url in replicas)
    assert here == there
    assert Counter(key["alg"] for key in here.values()) == {"ES256": 1, "RS256": 1, "EdDSA": 1}
    assert all("d" not in key and key["use"] == "sig" for key in here.values())


async def test_a_rotation_reaches_both_processes(
    identity: Identity, replicas: list[str], bound_identity: BoundService, admin: asyncpg.Connection
) -> None:
    first = token(identity, replicas[0])
    old = kid_of(first)
    await admin.execute("UPDATE signing_key SET signs_until = now() + interval '1 hour' WHERE kid = $1", old)
    await rotate(bound_identity)
    until(lambda: all(len(published(url)) == 4 for url in replicas))
    (new,) = (kid for kid, key in published(replicas[1]).items() if key["alg"] == "ES256" and kid != old)
    assert kid_of(token(identity, replicas[1])) == old

    await admin.execute("UPDATE signing_key SET signs_from = now() WHERE kid = $1", new)
    until(lambda: all(kid_of(token(identity, url)) == new for url in replicas))
    assert all(opens(url, first) for url in replicas)

    await admin.execute("UPDATE signing_key SET published_until = now() WHERE kid = $1", old)
    until(lambda: all(old not in published(url) for url in replicas))
    assert not any(opens(url, first) for url in replicas)
    await rotate(bound_identity)
    row = await admin.fetchrow("SELECT private_encrypted, public_jwk FROM signing_key WHERE kid = $1", old)
    assert row is not None
    assert row["private_encrypted"] is None, "nobody can sign with it any more"
    assert row["public_jwk"] is not None, "receipts that it signed are still verified"


async def test_private_keys_are_encrypted_at_rest(
    replicas: list[str], bound_identity: BoundService, admin: asyncpg.Connection
) -> None:
    assert replicas
    secrets = [str(key.as_dict(private=True)["d"]) for key in (await private_keys(bound_identity)).values()]
    stored = await admin.fetch("SELECT private_encrypted FROM signing_key WHERE private_encrypted IS NOT NULL")
    assert secrets
    assert not any(secret.encode() in row["private_encrypted"] for secret in secrets for row in stored)


async def test_a_key_signs_with_its_own_algorithm_only(identity: Identity, bound_identity: BoundService) -> None:
    """Access tokens are ES256 (RFC 8725 section 3.1): our other keys do not make any."""
    url = identity.url
    keys = await private_keys(bound_identity)
    good = token(identity, url)
    claims = jwt.decode(good, keys["ES256"], algorithms=["ES256"]).claims
    assert opens(url, jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": keys["ES256"].kid}, claims, keys["ES256"]))
    for alg in ("RS256", "EdDSA"):
        for kid in (keys[alg].kid, keys["ES256"].kid):
            header = {"alg": alg, "typ": "at+jwt", "kid": kid}
            assert not opens(url, jwt.encode(header, claims, keys[alg], algorithms=[alg]))
    _, body, signature = good.split(".")
    for alg in ("none", "HS256"):
        forged_header = {"alg": alg, "typ": "at+jwt", "kid": keys["ES256"].kid}
        forged = urlsafe_b64encode(json.dumps(forged_header).encode()).rstrip(b"=").decode()
        assert not opens(url, f"{forged}.{body}.{signature}")

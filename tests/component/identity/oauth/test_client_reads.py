"""Clients that prove themselves share a statement: each is answered as by queries of its own, and recorded once."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.client_secret import ClientSecrets
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.keys.signing_keys import first_keys
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.store.clients.client_reads import ClientReads
from pingshan_identity.store.tables import client_role
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authenticate_client import AuthenticateClient, authenticate_client
from pingshan_identity.usecases.oauth.issue_client_token import IssueClientToken, issue_client_token
from pingshan_kit import clock
from pingshan_kit.storage.tables import record
from pingshan_kit.trust import jose
from sqlalchemy import func, insert, select

from tests.support.identity.dependencies import dependencies
from tests.support.identity.own_clients import SECRET, add_client
from tests.support.platform import BoundService

METHODS = {"basic": "client_secret_basic", "post": "client_secret_post", "public": "none", "off": "client_secret_basic"}
AUDIENCES = (None, "e-license", "workflow", "alerts")


class Ordinary(ClientReads):
    """Asks one query after the other, on the pool."""

    async def with_secrets(self, client_id: str) -> tuple[Client, ClientSecrets] | None:
        async with self._database.read() as tx:
            return await clients.with_secrets(tx, client_id)

    async def roles(self, client_id: str, audience: str) -> tuple[str, ...]:
        async with self._database.read() as tx:
            return await clients.roles(tx, client_id, audience)


@pytest.fixture(scope="module")
async def added(bound_identity: BoundService) -> None:
    for client_id, method in METHODS.items():
        columns = {"grant_types": ["client_credentials"], "audiences": ["e-license", "workflow"]}
        await add_client(bound_identity, client_id, auth_method=method, **columns)


@pytest.fixture
async def deps(bound_identity: BoundService, added: None) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        await first_keys(deps)
        yield deps


@pytest.fixture
def ordinary(deps: Dependencies) -> Dependencies:
    return replace(deps, client_reads=Ordinary(deps.database))


async def outcome(deps: Dependencies, authorization: str | None, form: list[tuple[str, str]]) -> Any:
    try:
        return await authenticate_client(deps, AuthenticateClient(frozenset(), authorization, Parameters(form)))
    except OAuthError as error:
        return error.code, error.description


async def switch_off(deps: Dependencies, client_id: str) -> None:
    async with deps.database.begin() as tx:
        await clients.disable(tx, client_id, clock.now())


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


async def test_together_as_alone(deps: Dependencies, ordinary: Dependencies) -> None:
    await switch_off(deps, "off")
    asked: list[tuple[str | None, list[tuple[str, str]]]] = []
    for client_id, secret in product((*METHODS, "amr-system", "nobody", "", "a\0b", "basic" * 30), (SECRET, "wrong")):
        asked += [
            (basic(client_id, secret), []),
            (basic(client_id, secret), [("client_id", "basic")]),
            (None, [("client_id", client_id), ("client_secret", secret)]),
            (None, [("client_id", client_id)]),
        ]
    together = await asyncio.gather(*(outcome(deps, *each) for each in [*asked, *reversed(asked)]))
    alone = [await outcome(ordinary, *each) for each in asked]
    assert together == [*alone, *reversed(alone)]
    assert {each.client_id for each in alone if isinstance(each, Client)} == {"basic", "post", "public"}
    assert len({each for each in alone if not isinstance(each, Client)}) >= 4


async def test_tokens_are_as_the_ordinary_ones_and_each_is_recorded(deps: Dependencies, ordinary: Dependencies) -> None:
    roles = [("basic", "workflow", role) for role in ("zeta", "alpha", "Beta")] + [("post", "e-license", "verifier")]
    async with deps.database.begin() as tx:
        names = ("client_id", "audience", "role")
        await tx.execute(insert(client_role), [dict(zip(names, each, strict=True)) for each in roles])
        known = [await clients.existing(tx, client_id) for client_id in ("basic", "post")]
        counted = select(record.c.actor, record.c.details, func.count()).where(record.c.act == "client-grant.issued")
        counted = counted.group_by(record.c.actor, record.c.details)

    async def issued(given: Dependencies, own: Client, audience: str | None) -> Any:
        form = Parameters([("audience", audience)] if audience is not None else [])
        try:
            answer = await issue_client_token(given, IssueClientToken(own, form, None))
        except OAuthError as error:
            return error.code, error.description
        claims = jose.peek(answer["access_token"], frozenset({"ES256"}))[1]
        return {name: claims[name] for name in claims if name not in {"jti", "iat", "exp"}}

    asked = list(product(known, AUDIENCES)) * 10
    together = await asyncio.gather(*(issued(deps, *each) for each in asked))
    async with deps.database.read() as tx:
        recorded = [tuple(row) for row in await tx.execute(counted)]
    alone = [await issued(ordinary, *each) for each in asked[: len(asked) // 10]]
    assert together == alone * 10
    assert sorted(map(str, (each["roles"] for each in alone if "roles" in each))) == sorted(
        map(str, ([], [], [], [], ["verifier"], alone[2]["roles"]))
    )
    assert set(alone[2]["roles"]) == {"zeta", "alpha", "Beta"}
    assert {(actor, details["audience"]): number for actor, details, number in recorded} == {
        (f"client:{own.client_id}", audience or own.client_id): 10 for own, audience in product(known, AUDIENCES[:3])
    }


async def test_a_client_that_is_switched_off_is_refused_at_once(deps: Dependencies) -> None:
    form = [("client_id", "post"), ("client_secret", SECRET)]
    assert isinstance(await outcome(deps, None, form), Client)
    busy = asyncio.gather(*(outcome(deps, None, form) for _ in range(50)))
    await switch_off(deps, "post")
    refused = await asyncio.gather(*(outcome(deps, None, form) for _ in range(50)))
    assert {each[0] for each in refused} == {"invalid_client"}
    await busy

"""Dead sessions, told by a real stream; and what happens when nobody can tell."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, ClassVar

import httpx
import pytest
from pingshan.identity.v1 import token_pb2, token_pb2_grpc
from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn
from pingshan_kit import clock
from pingshan_kit.events import outbox
from pingshan_kit.events.bus import Bus, OrderedConsumer, Signal
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import HEARTBEAT
from pingshan_kit.ids import uuid7
from pingshan_kit.rpc import RpcServer
from pingshan_kit.rpc.introspection import introspect_session
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import Trust, trust_of
from pydantic_settings import SettingsConfigDict
from starlette.applications import Starlette

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.openid_provider import FakeIdentity, fake_identity, sign_in
from tests.support.kit.service import ELicense, eventually, kit_database, running
from tests.support.platform import TestPlatform


class Identity(ServiceSettings):
    service: ClassVar[str] = "identity"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_IDENTITY_")


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
async def issuer_database(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, Identity) as database:
        yield database


@pytest.fixture(scope="module")
def issuer(platform: TestPlatform, issuer_database: Database) -> Identity:
    return platform.service("identity", migrated=False).settings(Identity)


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, identity: FakeIdentity) -> ELicense:
    return platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)


@pytest.fixture(scope="module")
def app(bound: ELicense, publisher: Database) -> Starlette:
    return console(bound, publisher)


@pytest.fixture
def trust(bound: ELicense) -> Trust:
    """Nothing heard and nothing known, as after a start."""
    trust = trust_of(bound)
    trust.revocations.__init__()  # type: ignore[misc]
    trust.revocations.introspect = partial(introspect_session, bound)
    return trust


@pytest.fixture
async def client(
    app: Starlette, bound: ELicense, identity: FakeIdentity, trust: Trust
) -> AsyncIterator[httpx.AsyncClient]:
    identity.honest()
    async with browser(app, bound) as client:
        yield client


def listening(bound: ELicense, database: Database, trust: Trust) -> Bus:
    revocations = trust.revocations
    watches: list[OrderedConsumer[Any]] = [
        OrderedConsumer(SessionEnded, revocations.ended, replay=True, read=revocations.has_read),
        OrderedConsumer(GrantEnded, revocations.grant_ended, replay=True, read=revocations.has_read),
        OrderedConsumer(SigningKeyWithdrawn, revocations.key_withdrawn, replay=True, read=revocations.has_read),
    ]
    return Bus(bound, database, (), watches, [Signal(HEARTBEAT, trust.revocations.heartbeat)])


def ended(session_id: str) -> SessionEnded:
    return SessionEnded(
        event_id=uuid7(),
        aggregate_id=session_id,
        aggregate_version=1,
        correlation_id=session_id,
        occurred_at=clock.now(),
        session_id=session_id,
        reason="signed-out",
    )


async def informed(trust: Trust) -> bool:
    return trust.revocations.informed


async def publish(database: Database, session_id: str) -> None:
    async with database.begin() as tx:
        await outbox.publish(tx, ended(session_id))


async def test_a_session_that_identity_ended_is_dead_within_two_seconds(
    client: httpx.AsyncClient, bound: ELicense, publisher: Database, trust: Trust,
    issuer: Identity, issuer_database: Database, identity: FakeIdentity,
) -> None:  # fmt: skip
    bus = listening(bound, publisher, trust)
    async with running(bus, Relay(issuer, issuer_database, heartbeat_seconds=0.2)):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await eventually(partial(informed, trust))
        await sign_in(client)
        token = {"x-csrf-token": await csrf_token(client)}
        assert (await client.get("/mine")).status_code == 200
        assert (await client.post("/mine/change", headers=token)).status_code == 200
        await publish(issuer_database, identity.session_id)
        began = time.monotonic()
        while (await client.get("/mine")).status_code == 200:
            assert time.monotonic() - began < 2
            await asyncio.sleep(0.02)
        assert (await client.post("/mine/change", headers=token)).status_code == 303


async def test_a_process_that_was_down_learns_of_it_before_it_is_ready(
    bound: ELicense, publisher: Database, trust: Trust, issuer: Identity, issuer_database: Database
) -> None:
    async with running(Relay(issuer, issuer_database)):
        await publish(issuer_database, "ended-long-ago")
        await asyncio.sleep(1)
    trust.revocations.__init__()  # type: ignore[misc]
    bus = listening(bound, publisher, trust)
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        assert trust.revocations.knows_dead("ended-long-ago")


class Tokens(token_pb2_grpc.TokenServiceServicer):
    """Identity's answer to IntrospectToken."""

    def __init__(self) -> None:
        self.active = True
        self.asked: list[str] = []

    async def IntrospectToken(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked.append(request.session_id)
        return token_pb2.IntrospectTokenResponse(active=self.active)


async def test_while_the_stream_is_silent_identity_is_asked(
    client: httpx.AsyncClient, issuer: Identity, identity: FakeIdentity
) -> None:
    tokens = Tokens()
    server = RpcServer(issuer, [partial(token_pb2_grpc.add_TokenServiceServicer_to_server, tokens)], {})
    async with running(server):
        await server.started.wait()
        await sign_in(client)
        token = {"x-csrf-token": await csrf_token(client)}
        assert (await client.post("/mine/change", headers=token)).status_code == 200
        assert set(tokens.asked) == {identity.session_id}
        tokens.active = False
        await asyncio.sleep(1.1)
        assert (await client.post("/mine/change", headers=token)).status_code == 303
        await server.stop()


async def test_where_nobody_can_tell_all_but_public_pages_are_refused(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    token = {"x-csrf-token": await csrf_token(client)}
    for answer in (await client.get("/mine"), await client.post("/mine/change", headers=token)):
        assert (answer.status_code, answer.json()["code"]) == (503, "PLATFORM_UNAVAILABLE")
        assert answer.headers["retry-after"]
    public = await client.get("/")
    assert (public.status_code, public.json()["actor"]) == (200, "anonymous")


async def test_where_nobody_can_tell_the_api_is_refused(client: httpx.AsyncClient, identity: FakeIdentity) -> None:
    headers = {"authorization": f"Bearer {identity.sign(identity.claims('e-license'), 'at+jwt')}"}
    for answer in (
        await client.get("/v1/mine", headers=headers),
        await client.post("/v1/mine", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "PLATFORM_UNAVAILABLE")


async def test_a_dead_session_opens_neither_page_nor_api(
    client: httpx.AsyncClient, identity: FakeIdentity, trust: Trust
) -> None:
    headers = {"authorization": f"Bearer {identity.sign(identity.claims('e-license'), 'at+jwt')}"}
    await trust.revocations.ended(ended(identity.session_id))
    assert (await client.get("/v1/mine", headers=headers)).status_code == 401
    assert (await sign_in(client)).status_code == 303
    assert (await client.get("/mine")).status_code == 303

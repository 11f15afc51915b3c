"""What siblings and agencies' systems ask over gRPC: introspection, exchange, access."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from pingshan.identity.v1 import access_pb2, access_pb2_grpc, token_pb2, token_pb2_grpc
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens

from tests.support.identity.parties import Attempt, Identity
from tests.support.kit.rpc import Workflow as _Workflow
from tests.support.platform import BoundService, TestPlatform

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture
async def channel(bound_identity: BoundService, identity: Identity) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{bound_identity.fields['grpc_port']}") as channel:
        yield channel


def as_workflow(platform: TestPlatform) -> tuple[tuple[str, str], ...]:
    settings = platform.service("workflow", migrated=False).settings(_Workflow)
    return ((HEADER, ServiceTokens(settings).sign("identity")),)


def person_tokens(identity: Identity, login: str, service: str) -> dict[str, Any]:
    return identity.tokens(identity.signed_in(login), identity.platform(service))


async def test_a_service_asks_about_sessions_grants_and_its_own_tokens(
    platform: TestPlatform, identity: Identity, channel: grpc.aio.Channel
) -> None:
    stub, metadata = token_pb2_grpc.TokenServiceStub(channel), as_workflow(platform)
    party = identity.platform("workflow")
    token = person_tokens(identity, "water01", "workflow")["access_token"]
    claims = party.read(token)

    async def ask(**asked: str) -> token_pb2.IntrospectTokenResponse:
        return await stub.IntrospectToken(token_pb2.IntrospectTokenRequest(**asked), metadata=metadata)

    assert (await ask(session_id=claims["sid"])).active
    assert (await ask(session_id=claims["sid"], grant_id=claims["grant"])).active
    told = await ask(token=token)
    assert (told.active, told.subject, told.session_id) == (True, claims["sub"], claims["sid"])
    foreign = person_tokens(identity, "water01", "e-license")["access_token"]
    assert not (await ask(token=foreign)).active
    elsewhere = party.read(foreign)["sid"]
    assert elsewhere != claims["sid"]
    assert not (await ask(session_id=elsewhere, grant_id=claims["grant"])).active, "a grant of another session"
    assert not (await ask(token="nonsense")).active
    party.token({"token": token}, "/revoke")
    assert (await ask(session_id=claims["sid"])).active
    assert not (await ask(session_id=claims["sid"], grant_id=claims["grant"])).active
    assert not (await ask(token=token)).active


async def test_access_is_asked_for_oneself_or_by_the_audience(identity: Identity, channel: grpc.aio.Channel) -> None:
    stub = access_pb2_grpc.AccessServiceStub(channel)
    attempt = person_tokens(identity, "amr01", "workflow")
    person = identity.platform("workflow").read(attempt["access_token"])["sub"]
    identity.execute(
        "UPDATE client SET grant_types = $1, audiences = $2 WHERE client_id = 'amr-system'",
        ["client_credentials", EXCHANGE],
        ["identity", "e-license"],
    )
    identity.execute("INSERT INTO post_role VALUES ('officer', 'amr-system', 'clerk') ON CONFLICT DO NOTHING")
    own = identity.machine().token({"grant_type": "client_credentials", "audience": "identity"}).json()

    async def ask(audience: str, role: str = "", token: str = own["access_token"]) -> access_pb2.CheckAccessResponse:
        asked = access_pb2.CheckAccessRequest(person_id=person, audience=audience, role=role)
        return await stub.CheckAccess(asked, metadata=(("authorization", f"Bearer {token}"),))

    assert (await ask("amr-system", "clerk")).allowed
    assert (await ask("amr-system", "chief")).reason == "no-role"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask("e-license", "issuer")
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    party, login = identity.district("oa"), Attempt()
    code = identity.code(identity.signed_in("amr01"), party, login)
    myself = party.redeem(code, login, audience="identity").json()["access_token"]
    assert (await ask("workflow", token=myself)).allowed
    assert (await ask("elsewhere", token=myself)).reason == "unknown-audience"
    with pytest.raises(grpc.aio.AioRpcError) as unreadable:
        await ask("\0", token=myself)
    assert unreadable.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.aio.AioRpcError) as nobody:
        await ask("amr-system", "clerk", token="nonsense")
    assert nobody.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_an_agencys_system_exchanges_what_was_made_for_it(identity: Identity, channel: grpc.aio.Channel) -> None:
    stub = token_pb2_grpc.TokenServiceStub(channel)
    own = identity.machine().token({"grant_type": "client_credentials", "audience": "identity"}).json()
    metadata = (("authorization", f"Bearer {own['access_token']}"),)
    foreign = person_tokens(identity, "amr01", "workflow")["access_token"]
    for subject in (foreign, "nonsense", ""):
        asked = token_pb2.ExchangeTokenRequest(subject_token=subject, audience="e-license")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ExchangeToken(asked, metadata=metadata)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT

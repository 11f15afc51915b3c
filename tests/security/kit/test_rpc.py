"""Who may not call."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_events.edges import OPEN_RPCS, RPC_CALLERS
from pingshan_events.identity import SessionEnded
from pingshan_kit import clock, rpc
from pingshan_kit.errors import Unavailable
from pingshan_kit.ids import uuid7
from pingshan_kit.rpc.callers import Callers
from pingshan_kit.trust import ServiceTokens, Trust, trust_of
from pingshan_kit.trust.service_tokens import HEADER
from pingshan_values.actor import Actor

from tests.support.kit.rpc import Licenses, WifiPortal, Workflow, serving
from tests.support.kit.service import Alerts, ELicense
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer


@pytest.fixture(scope="module")
async def licenses(settings: ELicense) -> AsyncIterator[Licenses]:
    licenses = Licenses()
    trust_of(settings).revocations.introspect = alive
    async with serving(settings, licenses, {}):
        yield licenses


async def alive(_session_id: str, _grant_id: str | None) -> bool:
    return True


@pytest.fixture
async def stub(settings: ELicense, licenses: Licenses) -> AsyncIterator["license_pb2_grpc.LicenseServiceAsyncStub"]:
    """Without the kit's client: says about itself whatever a test wants."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as connection:
        yield license_pb2_grpc.LicenseServiceStub(connection)


def of(platform: TestPlatform, kind: Any) -> ServiceTokens:
    return ServiceTokens(platform.service(kind.service, migrated=False).settings(kind))


async def code(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


SEARCH, GET = license_pb2.SearchLicensesRequest(), license_pb2.GetLicenseRequest()
ISSUE, REVOKE = license_pb2.IssueLicenseRequest(), license_pb2.RevokeLicenseRequest()


async def test_nobody(stub: Any) -> None:
    assert await code(stub.GetLicense(GET)) is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("kind", [Workflow, Alerts, WifiPortal])
async def test_only_declared_callers(platform: TestPlatform, stub: Any, kind: Any) -> None:
    """Every method of the service for every sibling: as edges.yaml says, and not otherwise."""
    metadata = ((HEADER, of(platform, kind).sign("e-license")),)
    for name, request in (
        ("GetLicense", GET),
        ("GetLicenseHolder", license_pb2.GetLicenseHolderRequest()),
        ("SearchLicenses", SEARCH),
        ("IssueLicense", ISSUE),
        ("RevokeLicense", REVOKE),
    ):
        declared = kind.service in RPC_CALLERS.get(f"pingshan.e_license.v1.LicenseService/{name}", frozenset())
        found = await code(getattr(stub, name)(request, metadata=metadata))
        assert found is (grpc.StatusCode.OK if declared else grpc.StatusCode.PERMISSION_DENIED), name


async def test_who_tells_holders_gets_no_whole_licence(platform: TestPlatform, stub: Any) -> None:
    """alerts learns the holder's code; attributes, number and credential are none of its business."""
    metadata = ((HEADER, of(platform, Alerts).sign("e-license")),)
    assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_token_for_somebody_else(platform: TestPlatform, stub: Any) -> None:
    metadata = ((HEADER, of(platform, Alerts).sign("workflow")),)
    assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.UNAUTHENTICATED


async def test_rubbish(stub: Any) -> None:
    for metadata in (
        ((HEADER, "x"),),
        ((HEADER, ""),),
        (("authorization", "Bearer x"),),
        (("authorization", "Basic eDp5"),),
        (("authorization", ""),),
    ):
        assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_service_token_is_no_access_token(platform: TestPlatform, stub: Any) -> None:
    metadata = (("authorization", f"Bearer {of(platform, Alerts).sign('e-license')}"),)
    assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.UNAUTHENTICATED


async def test_an_access_token_opens_what_is_declared_open(
    stub: Any, licenses: Licenses, identity_tokens: TokenIssuer
) -> None:
    assert "pingshan.e_license.v1.LicenseService/RevokeLicense" in OPEN_RPCS
    seen: list[Actor] = []

    async def note(_request: Any) -> None:
        seen.append(rpc.actor())

    licenses.behavior = note
    metadata = (("authorization", f"Bearer {identity_tokens.mint('e-license', 'issuer', org='market')}"),)
    assert await code(stub.RevokeLicense(REVOKE, metadata=metadata)) is grpc.StatusCode.OK
    licenses.behavior = licenses.answer
    assert (seen[0].roles, seen[0].organisation, seen[0].service) == (frozenset({"issuer"}), "market", None)


async def test_a_client_is_no_person(stub: Any, licenses: Licenses, identity_tokens: TokenIssuer) -> None:
    seen: list[Actor] = []

    async def note(_request: Any) -> None:
        seen.append(rpc.actor())

    licenses.behavior = note
    own: dict[str, Any] = {"person": "system-7", "client_id": "system-7", "sid": None, "realm": None}
    token = identity_tokens.mint("e-license", "issuer", **own)
    assert (
        await code(stub.RevokeLicense(REVOKE, metadata=(("authorization", f"Bearer {token}"),))) is grpc.StatusCode.OK
    )
    licenses.behavior = licenses.answer
    assert seen[0].id == "client:system-7"


async def test_an_access_token_for_another_service(stub: Any, identity_tokens: TokenIssuer) -> None:
    metadata = (("authorization", f"Bearer {identity_tokens.mint('workflow', 'issuer')}"),)
    assert await code(stub.RevokeLicense(REVOKE, metadata=metadata)) is grpc.StatusCode.UNAUTHENTICATED


async def test_an_access_token_of_a_dead_session(stub: Any, settings: ELicense, identity_tokens: TokenIssuer) -> None:
    metadata = (("authorization", f"Bearer {identity_tokens.mint('e-license', 'issuer', sid='dead-1')}"),)
    assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.OK
    await trust_of(settings).revocations.ended(session_ended("dead-1"))
    assert await code(stub.GetLicense(GET, metadata=metadata)) is grpc.StatusCode.UNAUTHENTICATED


async def test_while_nobody_can_tell_every_call_for_a_session_is_refused(
    settings: ELicense, identity_tokens: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = trust_of(settings)
    monkeypatch.setattr(trust.revocations, "introspect", nobody_knows)
    token = identity_tokens.mint("e-license", "issuer", sid="unknown-1")
    callers, metadata = Callers(trust), {"authorization": f"Bearer {token}"}
    for method in ("LicenseService/GetLicense", "LicenseService/RevokeLicense", "VerificationService/VerifyLicense"):
        with pytest.raises(Unavailable):
            await callers.check(f"pingshan.e_license.v1.{method}", metadata, None)


async def test_while_the_keys_cannot_be_read_a_sibling_is_refused_as_unavailable(
    platform: TestPlatform, settings: ELicense, tmp_path: Path
) -> None:
    """UNAUTHENTICATED would count a try of the sibling's job, which then dies."""
    callers = Callers(Trust(settings.model_copy(update={"service_jwks": tmp_path / "missing.json"})))
    metadata = {HEADER: of(platform, Alerts).sign("e-license")}
    assert callers.sibling(metadata) is None
    with pytest.raises(Unavailable):
        await callers.check("pingshan.e_license.v1.LicenseService/GetLicense", metadata, None)


async def nobody_knows(_session_id: str, _grant_id: str | None) -> bool:
    raise Unavailable(part="identity")


def session_ended(session_id: str) -> SessionEnded:
    return SessionEnded(
        event_id=uuid7(),
        aggregate_id=session_id,
        aggregate_version=1,
        correlation_id=session_id,
        occurred_at=clock.now(),
        session_id=session_id,
        reason="signed-out",
    )

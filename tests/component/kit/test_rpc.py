"""Calls between services: what the callee learns, and what a refusal says."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import ErrorRule, ErrorTable, InvalidRequest, RequestIdReused, Unavailable
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.errors import DomainError
from temporalio.service import RPCError, RPCStatusCode

from tests.support.kit.rpc import Licenses, Workflow, calling, serving
from tests.support.kit.service import Alerts, ELicense
from tests.support.platform import TestPlatform

if TYPE_CHECKING:
    Stub = license_pb2_grpc.LicenseServiceAsyncStub
else:
    Stub = license_pb2_grpc.LicenseServiceStub


class LicenseNotFound(DomainError):
    pass


ERRORS: ErrorTable = {
    LicenseNotFound: ErrorRule(
        "E_LICENSE_NOT_FOUND",
        404,
        grpc.StatusCode.NOT_FOUND,
        "没有证照 {license_id}。",
        "There is no licence {license_id}.",
    )
}

CLERK = Actor(
    kind=ActorKind.PERSON,
    person_id="person-1",
    name="张三",
    realm="staff",
    organisation="market",
    posts=("officer",),
    roles=frozenset({"officer"}),
    acr=1,
    session_id="session-1",
)


@pytest.fixture(scope="module")
async def licenses(settings: ELicense) -> AsyncIterator[Licenses]:
    licenses = Licenses()
    async with serving(settings, licenses, ERRORS):
        yield licenses


@pytest.fixture
def behaves(licenses: Licenses) -> Licenses:
    licenses.behavior = licenses.answer
    return licenses


@pytest.fixture(scope="module")
async def alerts(platform: TestPlatform, licenses: Licenses) -> AsyncIterator[Stub]:
    async with calling(platform.service("alerts", migrated=False).settings(Alerts)) as stub:
        yield stub


@pytest.fixture(scope="module")
async def workflow(platform: TestPlatform, licenses: Licenses) -> AsyncIterator[Stub]:
    async with calling(platform.service("workflow", migrated=False).settings(Workflow)) as stub:
        yield stub


def raising(error: BaseException) -> Any:
    async def behavior(_request: Any) -> Any:
        raise error

    return behavior


def noting_actor(seen: list[Actor]) -> Any:
    async def behavior(_request: Any) -> None:
        seen.append(rpc.actor())

    return behavior


def details(error: grpc.aio.AioRpcError, kind: Any) -> list[Any]:
    trailing: Any = error.trailing_metadata()
    packed = dict(trailing)["grpc-status-details-bin"]
    found = []
    for detail in status_pb2.Status.FromString(packed).details:
        if detail.Is(kind.DESCRIPTOR):
            message = kind()
            detail.Unpack(message)
            found.append(message)
    return found


async def test_the_callee_knows_the_calling_service(behaves: Licenses, alerts: Stub) -> None:
    seen: list[Actor] = []
    behaves.behavior = noting_actor(seen)
    await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert seen == [Actor(kind=ActorKind.SERVICE, service="alerts")]


async def test_the_callee_knows_the_person_but_no_roles(behaves: Licenses, alerts: Stub) -> None:
    """Roles belong to an audience: `officer` of workflow must not become `officer` of e-license."""
    seen: list[Actor] = []
    behaves.behavior = noting_actor(seen)
    with rpc.on_behalf_of(CLERK):
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert (seen[0].id, seen[0].service, seen[0].organisation) == ("person:person-1", "alerts", "market")
    assert seen[0].session_id == "session-1"
    assert not seen[0].roles
    assert seen[0].name is None


async def test_a_refusal_carries_code_and_sentences(behaves: Licenses, alerts: Stub) -> None:
    behaves.behavior = raising(LicenseNotFound(license_id="L1"))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    error = caught.value
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "There is no licence L1.")
    info = details(error, error_details_pb2.ErrorInfo)[0]
    assert (info.reason, info.domain) == ("E_LICENSE_NOT_FOUND", "e-license.pingshan")
    assert dict(info.metadata) == {"license_id": "L1"}
    sentences = {item.locale: item.message for item in details(error, error_details_pb2.LocalizedMessage)}
    assert sentences == {"zh-Hans": "没有证照 L1。", "en": "There is no licence L1."}
    assert details(error, error_details_pb2.RequestInfo)
    with pytest.raises(rpc.RemoteError) as remote:
        rpc.raise_from(error)
    assert (remote.value.reason, remote.value.status) == ("E_LICENSE_NOT_FOUND", grpc.StatusCode.NOT_FOUND)
    assert remote.value.metadata == {"license_id": "L1"}


async def test_refused_fields_are_named(behaves: Licenses, alerts: Stub) -> None:
    behaves.behavior = raising(InvalidRequest([("holder.code", "不正确", "This is not correct")]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    field = details(caught.value, error_details_pb2.BadRequest)[0].field_violations[0]
    assert (field.field, field.description) == ("holder.code", "This is not correct")
    assert field.localized_message.message == "不正确"


async def test_the_kits_own_refusals_are_mapped(behaves: Licenses, alerts: Stub) -> None:
    behaves.behavior = raising(RequestIdReused())
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_an_unexpected_exception_shows_nothing(
    behaves: Licenses, alerts: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    behaves.behavior = raising(RuntimeError("the inside of the house"))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert details(caught.value, error_details_pb2.ErrorInfo)[0].reason == "PLATFORM_INTERNAL"
    assert "the inside" not in str(caught.value.trailing_metadata()) + str(caught.value.details())
    assert "the inside of the house" in capsys.readouterr().out


async def test_a_part_that_is_away_is_named(behaves: Licenses, workflow: Stub) -> None:
    """No table knows what Temporal's SDK raises: it is no fault of ours, and the caller may come again."""
    behaves.behavior = raising(RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b""))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await workflow.IssueLicense(license_pb2.IssueLicenseRequest())
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    info = details(caught.value, error_details_pb2.ErrorInfo)[0]
    assert (info.reason, dict(info.metadata)) == ("PLATFORM_UNAVAILABLE", {"part": "temporal"})


def failing(times: int, seen: list[int]) -> Any:
    async def behavior(_request: Any) -> None:
        seen.append(1)
        if len(seen) <= times:
            raise Unavailable

    return behavior


async def test_a_read_is_repeated_while_the_sibling_is_away(behaves: Licenses, alerts: Stub) -> None:
    seen: list[int] = []
    behaves.behavior = failing(2, seen)
    await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert len(seen) == 3


async def test_a_refusal_is_not_repeated(behaves: Licenses, alerts: Stub) -> None:
    seen: list[int] = []

    async def refuse(_request: Any) -> None:
        seen.append(1)
        raise LicenseNotFound(license_id="L1")

    behaves.behavior = refuse
    with pytest.raises(grpc.aio.AioRpcError):
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    assert len(seen) == 1


async def test_a_call_ends_at_its_deadline(behaves: Licenses, alerts: Stub) -> None:
    cut = asyncio.Event()

    async def slow(_request: Any) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cut.set()
            raise

    behaves.behavior = slow
    began = time.monotonic()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest(), timeout=0.3)
    assert time.monotonic() - began < 2
    with pytest.raises(Unavailable):
        rpc.raise_from(caught.value)
    await asyncio.wait_for(cut.wait(), 2)


async def test_a_deadline_travels(behaves: Licenses, alerts: Stub, workflow: Stub) -> None:
    """A call made while serving one gets what is left of it, not five seconds of its own."""
    left: list[float] = []

    async def measured(_request: Any) -> None:
        if not left:
            left.append(0)
            await asyncio.sleep(0.3)
            await workflow.SearchLicenses(license_pb2.SearchLicensesRequest())
        else:
            from pingshan_kit.rpc.context import seconds_left

            left.append(seconds_left() or 0)

    behaves.behavior = measured
    await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest(), timeout=1.0)
    assert 0 < left[1] < 0.75


async def test_a_sibling_that_is_not_there_is_unavailable(platform: TestPlatform) -> None:
    nobody = platform.service("alerts", migrated=False).settings(Alerts, rpc_e_license="127.0.0.1:1")
    async with calling(nobody) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    with pytest.raises(Unavailable):
        rpc.raise_from(caught.value)


def test_no_channel_without_an_edge(settings: ELicense) -> None:
    with pytest.raises(ValueError, match="no address for workflow"):
        rpc.channel(settings, "workflow")


async def test_health_and_reflection_answer_without_a_token(settings: ELicense, licenses: Licenses) -> None:
    name = "pingshan.e_license.v1.LicenseService"
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as connection:
        health = await health_pb2_grpc.HealthStub(connection).Check(health_pb2.HealthCheckRequest(service=name))
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        async for answer in reflection_pb2_grpc.ServerReflectionStub(connection).ServerReflectionInfo(iter([asked])):
            assert name in [service.name for service in answer.list_services_response.service]


@pytest.mark.parametrize(
    "octets",
    [
        b"\x0a\x01\xff",
        b"\xff",
        b"\x0b" * 400,
        license_pb2.GetLicenseHolderRequest(license_id="a\0b").SerializeToString(),
    ],
)
async def test_a_message_that_nobody_reads_is_refused_with_a_code(
    platform: TestPlatform, behaves: Licenses, octets: bytes
) -> None:
    """gRPC itself would answer INTERNAL, and the servicer never hears of it."""
    settings = platform.service("alerts", migrated=False).settings(Alerts)
    async with rpc.channel(settings, "e-license") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/pingshan.e_license.v1.LicenseService/GetLicenseHolder")(octets)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details(caught.value, error_details_pb2.ErrorInfo)[0].reason == "PLATFORM_UNREADABLE"


async def test_a_refusal_that_repeats_much_arrives(behaves: Licenses, alerts: Stub) -> None:
    """gRPC drops an answer with more than 16 kB of metadata, and with it the code."""
    violations = [("文" * 400, "文" * 400, "x" * 400)] * 60
    for error in (LicenseNotFound(license_id="文" * 6_000), InvalidRequest(violations)):
        behaves.behavior = raising(error)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await alerts.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
        assert details(caught.value, error_details_pb2.ErrorInfo)[0].reason

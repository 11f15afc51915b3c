"""What is sent again while a sibling is unavailable, what is not, and for how long."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc, verification_pb2, verification_pb2_grpc
from pingshan_kit import rpc, telemetry
from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc.door import MOST_REQUEST_BYTES
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens

from tests.support.kit.rpc import Licenses, Tunnel, calling, serving
from tests.support.kit.service import Alerts, ELicense
from tests.support.platform import TestPlatform

GET, VERIFY = license_pb2.GetLicenseRequest(), verification_pb2.VerifyLicenseRequest()
ISSUE = license_pb2.IssueLicenseRequest(request_id="0190aaaa-0000-7000-8000-000000000001")


class Callee(license_pb2_grpc.LicenseServiceServicer, verification_pb2_grpc.VerificationServiceServicer):
    """e-license without the kit's server: notes every attempt, and fails as often as a test says."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.failures = 0

    async def GetLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._attempt(context)
        return license_pb2.GetLicenseResponse()

    async def IssueLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._attempt(context)
        return license_pb2.IssueLicenseResponse()

    async def VerifyLicense(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._attempt(context)
        return verification_pb2.VerifyLicenseResponse()

    async def _attempt(self, context: Any) -> None:
        self.tokens.append(dict(context.invocation_metadata())[HEADER])
        if len(self.tokens) <= self.failures:
            await self.fail(context)

    async def fail(self, context: Any) -> None:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "away")


class Breaking(Callee):
    """Its connection breaks after the request came and before it answers."""

    tunnel: Tunnel

    async def fail(self, context: Any) -> None:
        self.tunnel.cut()
        await asyncio.sleep(1)


async def _served(callee: Callee) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server()
    license_pb2_grpc.add_LicenseServiceServicer_to_server(callee, server)
    verification_pb2_grpc.add_VerificationServiceServicer_to_server(callee, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


def _channel(platform: TestPlatform, port: int) -> grpc.aio.Channel:
    alerts = platform.service("alerts", migrated=False).settings(Alerts, rpc_e_license=f"127.0.0.1:{port}")
    return rpc.channel(alerts, "e-license")


@pytest.fixture
async def callee() -> AsyncIterator[tuple[Callee, int]]:
    callee = Callee()
    server, port = await _served(callee)
    yield callee, port
    await server.stop(None)


@pytest.fixture
async def channel(platform: TestPlatform, callee: tuple[Callee, int]) -> AsyncIterator[grpc.aio.Channel]:
    async with _channel(platform, callee[1]) as channel:
        yield channel


@pytest.fixture
async def breaking() -> AsyncIterator[Breaking]:
    callee = Breaking()
    server, port = await _served(callee)
    async with Tunnel(port) as callee.tunnel:
        yield callee
    await server.stop(None)


async def _code(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_a_read_and_an_idempotent_write_are_sent_again(
    channel: grpc.aio.Channel, callee: tuple[Callee, int]
) -> None:
    licenses = license_pb2_grpc.LicenseServiceStub(channel)
    for method, request in ((licenses.GetLicense, GET), (licenses.IssueLicense, ISSUE)):
        callee[0].tokens, callee[0].failures = [], 2
        assert await _code(method(request)) is grpc.StatusCode.OK
        assert len(callee[0].tokens) == 3


async def test_a_large_request_is_sent_again(channel: grpc.aio.Channel, callee: tuple[Callee, int]) -> None:
    callee[0].failures = 2
    large = license_pb2.IssueLicenseRequest(request_id=ISSUE.request_id, holder_name="张" * 87_000)
    assert await _code(license_pb2_grpc.LicenseServiceStub(channel).IssueLicense(large)) is grpc.StatusCode.OK
    assert len(callee[0].tokens) == 3


async def test_what_no_callee_reads_is_not_sent_at_all(channel: grpc.aio.Channel, callee: tuple[Callee, int]) -> None:
    """gRPC itself refuses what is too large, and does not say that this never passes: it would be sent four times."""
    large = license_pb2.IssueLicenseRequest(request_id=ISSUE.request_id, holder_name="x" * MOST_REQUEST_BYTES)
    code = await _code(license_pb2_grpc.LicenseServiceStub(channel).IssueLicense(large))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert callee[0].tokens == []


async def test_what_promises_nothing_is_sent_once(channel: grpc.aio.Channel, callee: tuple[Callee, int]) -> None:
    callee[0].failures = 2
    call = verification_pb2_grpc.VerificationServiceStub(channel).VerifyLicense(VERIFY)
    assert await _code(call) is grpc.StatusCode.UNAVAILABLE
    assert len(callee[0].tokens) == 1


async def test_a_broken_connection(platform: TestPlatform, breaking: Breaking) -> None:
    """The request was there when the connection broke: only who promises that this does no harm gets it again."""
    breaking.failures = 1
    async with _channel(platform, breaking.tunnel.port) as channel:
        assert await _code(license_pb2_grpc.LicenseServiceStub(channel).IssueLicense(ISSUE)) is grpc.StatusCode.OK
        assert len(breaking.tokens) == 2
        breaking.tokens = []
        verifying = verification_pb2_grpc.VerificationServiceStub(channel)
        assert await _code(verifying.VerifyLicense(VERIFY)) is grpc.StatusCode.UNAVAILABLE
        assert len(breaking.tokens) == 1


async def test_all_attempts_end_at_the_deadline(channel: grpc.aio.Channel, callee: tuple[Callee, int]) -> None:
    callee[0].failures = 100
    began = time.monotonic()
    call = license_pb2_grpc.LicenseServiceStub(channel).GetLicense(GET, timeout=0.15)
    assert await _code(call) in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
    assert time.monotonic() - began < 0.6
    assert len(callee[0].tokens) < 4


async def test_who_stays_away_gets_each_call_once_until_it_answers(
    channel: grpc.aio.Channel, callee: tuple[Callee, int]
) -> None:
    callee[0].failures = 1_000
    licenses = license_pb2_grpc.LicenseServiceStub(channel)
    for _ in range(2):
        await asyncio.gather(*(_code(licenses.GetLicense(GET)) for _ in range(25)))
    callee[0].tokens = []
    assert await _code(licenses.GetLicense(GET)) is grpc.StatusCode.UNAVAILABLE
    assert len(callee[0].tokens) == 1
    callee[0].failures = 0
    for _ in range(6):
        assert await _code(licenses.GetLicense(GET)) is grpc.StatusCode.OK
    callee[0].tokens, callee[0].failures = [], 2
    assert await _code(licenses.GetLicense(GET)) is grpc.StatusCode.OK
    assert len(callee[0].tokens) == 3


async def test_all_attempts_carry_a_token_that_the_callee_takes(
    channel: grpc.aio.Channel, callee: tuple[Callee, int], settings: ELicense
) -> None:
    callee[0].failures = 3
    await license_pb2_grpc.LicenseServiceStub(channel).GetLicense(GET)
    tokens = ServiceTokens(settings)
    assert [tokens.verify(token).service for token in callee[0].tokens] == ["alerts"] * 4


async def test_a_repeated_call_says_so_in_the_trace(
    platform: TestPlatform, settings: ELicense, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("pingshan"))
    licenses, seen = Licenses(), []

    async def away_once(_request: Any) -> None:
        seen.append(1)
        if len(seen) == 1:
            raise Unavailable

    licenses.behavior = away_once
    async with (
        serving(settings, licenses, {}),
        calling(platform.service("alerts", migrated=False).settings(Alerts)) as stub,
    ):
        await stub.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
    names = "rpc.grpc.request.metadata.grpc-previous-rpc-attempts"
    servers = [span for span in exported.get_finished_spans() if "pingshan.caller" in (span.attributes or {})]
    assert [(span.attributes or {}).get(names) for span in servers] == [None, "1"]
    assert len({span.parent.span_id for span in servers if span.parent}) == 1

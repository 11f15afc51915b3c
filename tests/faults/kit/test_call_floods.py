"""One caller that floods a server: it is told to come again, and the others are served meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import ErrorRule, Unavailable
from pingshan_kit.rpc.peers import MOST_UNDER_WAY, PROMPT_PER_SECOND
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens
from pingshan_values.errors import DomainError

from tests.support.kit.rpc import Licenses, Workflow, calling, serving
from tests.support.kit.service import Alerts, ELicense, eventually
from tests.support.platform import TestPlatform

HOLDER, SEARCH = license_pb2.GetLicenseHolderRequest(), license_pb2.SearchLicensesRequest()
GET = license_pb2.GetLicenseRequest()


class Throttled(DomainError):
    """A person may not do this so often."""


THROTTLED = ErrorRule("E_LICENSE_THROTTLED", 429, grpc.StatusCode.RESOURCE_EXHAUSTED, "太频繁", "Too often")


@pytest.fixture
async def licenses(settings: ELicense) -> AsyncIterator[Licenses]:
    licenses = Licenses()
    async with serving(settings, licenses, {Throttled: THROTTLED}):
        yield licenses


@pytest.fixture
async def connection(settings: ELicense, licenses: Licenses) -> AsyncIterator[grpc.aio.Channel]:
    """Without the kit's client: sends each call once."""
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{settings.grpc_port}", options=[("grpc.enable_retries", 0)]
    ) as each:
        yield each


class Holding:
    """Lets calls of alerts stay until they are let go, and answers the others at once."""

    def __init__(self) -> None:
        self.under_way = 0
        self.go = asyncio.Event()

    async def __call__(self, _request: Any) -> None:
        if rpc.actor().service == "alerts":
            self.under_way += 1
            await self.go.wait()


def alerts_token(platform: TestPlatform) -> tuple[tuple[str, str], ...]:
    settings = platform.service("alerts", migrated=False).settings(Alerts)
    return ((HEADER, ServiceTokens(settings).sign("e-license")),)


async def outcome(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def until(check: Callable[[], bool]) -> None:
    async def found() -> bool:
        return check()

    await eventually(found, seconds=10)


async def test_one_service_has_its_share_and_another_is_served(
    platform: TestPlatform, licenses: Licenses, connection: grpc.aio.Channel
) -> None:
    licenses.behavior = holding = Holding()
    flooding = license_pb2_grpc.LicenseServiceStub(connection)
    token = alerts_token(platform)
    calls = [
        asyncio.create_task(outcome(flooding.GetLicenseHolder(HOLDER, metadata=token, timeout=20)))
        for _ in range(MOST_UNDER_WAY + 20)
    ]
    await until(lambda: sum(call.done() for call in calls) == 20)
    assert holding.under_way == MOST_UNDER_WAY
    async with calling(platform.service("workflow", migrated=False).settings(Workflow)) as stub:
        began = time.monotonic()
        await stub.SearchLicenses(SEARCH)
        assert time.monotonic() - began < 1
    holding.go.set()
    answers = Counter(await asyncio.gather(*calls))
    assert answers == {grpc.StatusCode.OK: MOST_UNDER_WAY, grpc.StatusCode.RESOURCE_EXHAUSTED: 20}
    assert await outcome(flooding.GetLicenseHolder(HOLDER, metadata=token)) is grpc.StatusCode.OK, "places are free"


async def test_the_refusal_says_when_to_come_again(
    platform: TestPlatform, licenses: Licenses, connection: grpc.aio.Channel
) -> None:
    licenses.behavior = holding = Holding()
    flooding = license_pb2_grpc.LicenseServiceStub(connection)
    token = alerts_token(platform)
    calls = [
        asyncio.create_task(outcome(flooding.GetLicenseHolder(HOLDER, metadata=token, timeout=20)))
        for _ in range(MOST_UNDER_WAY)
    ]
    await until(lambda: holding.under_way == MOST_UNDER_WAY)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await flooding.GetLicenseHolder(HOLDER, metadata=token)
    holding.go.set()
    await asyncio.gather(*calls)
    trailing: dict[str, Any] = dict(refused.value.trailing_metadata() or ())  # type: ignore[arg-type]
    assert int(trailing["grpc-retry-pushback-ms"]) > 0
    details = status_pb2.Status.FromString(trailing["grpc-status-details-bin"]).details
    retry = error_details_pb2.RetryInfo()
    assert [each.Unpack(retry) for each in details if each.Is(retry.DESCRIPTOR)] == [True]
    assert retry.retry_delay.ToMilliseconds() == int(trailing["grpc-retry-pushback-ms"])
    with pytest.raises(Unavailable):  # so that no try of a job or an event is counted
        rpc.raise_from(refused.value)


async def test_our_client_comes_again_when_it_is_told_to(platform: TestPlatform, licenses: Licenses) -> None:
    licenses.behavior = holding = Holding()
    async with calling(platform.service("alerts", migrated=False).settings(Alerts)) as stub:
        calls = [asyncio.create_task(outcome(stub.GetLicenseHolder(HOLDER))) for _ in range(MOST_UNDER_WAY)]
        await until(lambda: holding.under_way == MOST_UNDER_WAY)
        late = asyncio.create_task(outcome(stub.GetLicenseHolder(HOLDER)))
        await asyncio.sleep(0.3)
        holding.go.set()
        assert set(await asyncio.gather(late, *calls)) == {grpc.StatusCode.OK}


async def test_a_throttled_person_is_not_sent_again(platform: TestPlatform, licenses: Licenses) -> None:
    """The same status, and another matter: only whoever serves can tell."""
    seen = []

    async def throttle(_request: Any) -> None:
        seen.append(1)
        raise Throttled

    licenses.behavior = throttle
    async with calling(platform.service("alerts", migrated=False).settings(Alerts)) as stub:
        assert await outcome(stub.GetLicenseHolder(HOLDER)) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(seen) == 1


async def flood(ask: Callable[[], Awaitable[Any]], *, at_once: int, seconds: float) -> int:
    """How often it was asked: each asks again as soon as it is answered, whatever the answer is."""
    end = time.monotonic() + seconds
    asked = 0

    async def one() -> None:
        nonlocal asked
        while time.monotonic() < end:
            await outcome(ask())
            asked += 1

    await asyncio.gather(*(one() for _ in range(at_once)))
    return asked


@pytest.mark.parametrize("what", ["health", "nobody", "rubbish"])
async def test_who_proves_nothing_cannot_keep_the_server_busy(
    platform: TestPlatform, connection: grpc.aio.Channel, what: str
) -> None:
    health, licenses = health_pb2_grpc.HealthStub(connection), license_pb2_grpc.LicenseServiceStub(connection)
    ask: dict[str, Callable[[], Awaitable[Any]]] = {
        "health": lambda: health.Check(health_pb2.HealthCheckRequest()),
        "nobody": lambda: licenses.GetLicense(GET),
        "rubbish": lambda: licenses.GetLicense(GET, metadata=((HEADER, "x"),)),
    }
    at_once, seconds = 60, 3
    flooding = asyncio.create_task(flood(ask[what], at_once=at_once, seconds=seconds))
    times = []
    async with calling(platform.service("workflow", migrated=False).settings(Workflow)) as stub:
        while not flooding.done():
            began = time.monotonic()
            await stub.SearchLicenses(SEARCH)
            times.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
    assert await flooding < (seconds + 1) * (PROMPT_PER_SECOND + at_once)
    assert sorted(times)[len(times) // 2] < 0.1


async def test_a_probe_is_answered_at_once(connection: grpc.aio.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(connection)
    for _ in range(10):
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=0.5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING

"""Many of the same act at once, by REST and by gRPC: a few wait for the first without a connection to PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from fastapi import APIRouter, Depends
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit import idempotency
from pingshan_kit.http import application, idempotency_key
from pingshan_kit.shares import MOST_WAITING, MOST_WAITING_PER_PEER
from pingshan_kit.storage.database import Database
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens
from pingshan_ui import environment

from tests.support.kit.console import browser
from tests.support.kit.rpc import Licenses, Workflow, serving
from tests.support.kit.service import ELicense, eventually
from tests.support.platform import TestPlatform

AT_ONCE = 60

T = TypeVar("T")


class Acts:
    """An act that takes until it may go on, and is remembered by its id."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.go = asyncio.Event()
        self.done: list[UUID] = []
        self.connections = 0
        self.most = 0

    async def __call__(self, request_id: UUID) -> int:
        async with self.database.begin() as tx:
            self.connections += 1
            self.most = max(self.most, self.connections)
            try:
                known = await idempotency.replay(tx, caller="c", request_id=request_id, request={})
                if known is not None:
                    return int(known["number"])
                await self.go.wait()
                self.done.append(request_id)
                number = len(self.done)
                await idempotency.remember(tx, caller="c", request_id=request_id, response={"number": number})
                return number
            finally:
                self.connections -= 1

    async def while_held(self, calls: Iterable[Awaitable[T]], refused: int) -> list[T]:
        """All answers to calls that are made at once; the acts go on when that many were refused."""
        tasks = [asyncio.ensure_future(call) for call in calls]

        async def are_done() -> bool:
            return sum(task.done() for task in tasks) >= refused

        await eventually(are_done, seconds=30)
        self.go.set()
        return list(await asyncio.gather(*tasks))


@pytest.fixture
def acts(database: Database) -> Acts:
    return Acts(database)


@pytest.fixture
async def client(settings: ELicense, acts: Acts) -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()

    @router.post("/acts")
    async def act(request_id: Annotated[UUID, Depends(idempotency_key)]) -> dict[str, Any]:
        return {"number": await acts(request_id)}

    templates = environment(Path(__file__).parent, zh="控制台", en="Console")
    app = application(settings, database=acts.database, errors={}, templates=templates, api=router)
    async with browser(app, settings) as client:
        yield client


def post(client: httpx.AsyncClient, request_id: UUID) -> Awaitable[httpx.Response]:
    return client.post("/v1/acts", headers={"Idempotency-Key": str(request_id)})


async def test_a_few_posts_wait_for_the_first_and_the_rest_is_refused(client: httpx.AsyncClient, acts: Acts) -> None:
    request_id, refusals = uuid4(), AT_ONCE - 1 - MOST_WAITING
    answers = await acts.while_held((post(client, request_id) for _ in range(AT_ONCE)), refusals)
    assert Counter(answer.status_code for answer in answers) == {200: 1 + MOST_WAITING, 429: AT_ONCE - 1 - MOST_WAITING}
    assert (len(acts.done), acts.most) == (1, 1)
    assert {answer.json()["number"] for answer in answers if answer.status_code == 200} == {1}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "PLATFORM_TOO_MANY_AT_ONCE"
    assert int(refused.headers["retry-after"]) > 0


async def test_posts_with_keys_of_their_own_do_not_wait_for_each_other(client: httpx.AsyncClient, acts: Acts) -> None:
    posts = asyncio.gather(*(post(client, uuid4()) for _ in range(4)))

    async def at_once() -> int:
        return acts.most

    await eventually(at_once, 4)
    acts.go.set()
    answers = await posts
    assert [answer.status_code for answer in answers] == [200] * 4
    assert acts.most == 4


async def test_one_client_waits_in_few_places_whatever_keys_it_sends(client: httpx.AsyncClient, acts: Acts) -> None:
    ids = [uuid4() for _ in range(2 * MOST_WAITING_PER_PEER)]
    posts = (post(client, each) for each in ids for _ in range(2))
    answers = await acts.while_held(posts, MOST_WAITING_PER_PEER)
    assert Counter(answer.status_code for answer in answers)[429] == MOST_WAITING_PER_PEER
    assert len(acts.done) == len(set(acts.done)) > 0


async def test_calls_of_grpc_wait_the_same_way(platform: TestPlatform, settings: ELicense, acts: Acts) -> None:
    licenses = Licenses()

    async def issue(request: Any) -> None:
        await acts(UUID(request.request_id))

    licenses.behavior = issue
    token = (
        (HEADER, ServiceTokens(platform.service("workflow", migrated=False).settings(Workflow)).sign("e-license")),
    )
    request = license_pb2.IssueLicenseRequest(request_id=str(uuid4()))
    async with (
        serving(settings, licenses, {}),
        grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}", options=[("grpc.enable_retries", 0)]) as channel,
    ):
        stub = license_pb2_grpc.LicenseServiceStub(channel)
        calls = (outcome(stub.IssueLicense(request, metadata=token, timeout=20)) for _ in range(AT_ONCE))
        answers = Counter(await acts.while_held(calls, AT_ONCE - 1 - MOST_WAITING))
    assert answers == {
        grpc.StatusCode.OK: 1 + MOST_WAITING,
        grpc.StatusCode.RESOURCE_EXHAUSTED: AT_ONCE - 1 - MOST_WAITING,
    }
    assert (len(acts.done), acts.most) == (1, 1)


async def outcome(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK

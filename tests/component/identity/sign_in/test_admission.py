"""Too many people at once: some are asked to come back, nobody waits for ever, the process goes on answering."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from pingshan_identity.service import build
from pingshan_identity.settings import Settings

from tests.support.identity.parties import Identity, csrf_of
from tests.support.platform import BoundService


@pytest.fixture
async def small(bound_identity: BoundService, identity: Identity) -> AsyncIterator[httpx.AsyncClient]:
    """The same service with one thread and one place in its queue, in this process."""
    service = build(bound_identity.settings(Settings, password_threads=1, password_queue=1))
    transport = httpx.ASGITransport(service.http)
    async with httpx.AsyncClient(transport=transport, base_url=identity.url, headers={"Accept": "text/html"}) as client:
        yield client
    for close in service.close:
        await close()
    await service.database.close()


async def test_a_full_queue_answers_503_with_retry_after(small: httpx.AsyncClient) -> None:
    page = await small.get("/sign-in")
    cookie = page.headers["set-cookie"].partition(";")[0]
    token = csrf_of(page)

    async def knock(number: int) -> httpx.Response:
        form = {"csrf_token": token, "login": f"crowd{number}", "password": "wrong"}
        return await small.post("/sign-in", data=form, headers={"Cookie": cookie})

    answers, metadata = await asyncio.gather(
        asyncio.gather(*(knock(number) for number in range(20))), small.get("/.well-known/openid-configuration")
    )
    counted = Counter(answer.status_code for answer in answers)
    assert counted[401] >= 1
    assert counted[503] >= 10
    assert set(counted) == {401, 503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == 503)
    assert metadata.status_code == 200

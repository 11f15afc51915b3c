"""The console page of what failed: list, retry, discard."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from pingshan_events.workflow import CaseClosed
from pingshan_kit import clock
from pingshan_kit.events.bus import Consumer, dead_letters
from pingshan_kit.events.dead_letters import Failure, count_failure
from pingshan_kit.events.dead_letters import bury as bury_failure
from pingshan_kit.http import Application
from pingshan_kit.paging import PAGE_SIZE
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter as dead_letter_table
from pingshan_kit.storage.tables import record
from pingshan_kit.trust import trust_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.console import PAGE, browser, console, csrf_token
from tests.support.kit.openid_provider import FakeIdentity, fake_identity, sign_in
from tests.support.kit.service import Alerts
from tests.support.platform import TestPlatform

HANDLER = "alerts__notify-case-closed"


class Handler:
    """Fails as long as a test wants it to."""

    fails = False

    async def handle(self, tx: AsyncConnection, event: CaseClosed) -> None:
        if self.fails:
            raise RuntimeError("still broken")


@pytest.fixture(scope="module")
def handler() -> Handler:
    return Handler()


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, identity: FakeIdentity) -> Alerts:
    settings = platform.service("alerts", migrated=False).settings(Alerts, issuer=identity.url)
    return settings.model_copy(update={"rpc_identity": ""})


@pytest.fixture(scope="module")
def app(bound: Alerts, subscriber: Database, handler: Handler) -> Application:
    app = console(bound, subscriber)
    consumer = Consumer("notify-case-closed", CaseClosed, handler.handle)
    app.site.dead_letters = dead_letters(bound, subscriber, [consumer])
    return app


@pytest.fixture
async def operator(
    app: Application, bound: Alerts, identity: FakeIdentity, alerts_database: Database
) -> AsyncIterator[httpx.AsyncClient]:
    trust_of(bound).revocations.introspect = alive
    identity.honest()
    identity.roles = ("operator",)
    async with browser(app, bound) as client:
        await sign_in(client)
        yield client


async def alive(_session_id: str, _grant_id: str | None) -> bool:
    return True


async def bury(database: Database, number: int, payload: bytes = b"") -> UUID:
    event = CaseClosed(
        event_id=UUID(int=number),
        aggregate_id=f"2026-{number:06}",
        aggregate_version=1,
        correlation_id=f"2026-{number:06}",
        occurred_at=clock.now(),
        case_id=f"2026-{number:06}",
        process="restaurant",
        outcome="approved",
    )
    failure = Failure(
        source="event",
        handler=HANDLER,
        message_id=str(event.event_id),
        subject=CaseClosed.subject,
        payload=payload or event.model_dump_json().encode(),
        headers={},
        code="KeyError",
    )
    async with database.begin() as tx:
        await count_failure(tx, failure)
        await bury_failure(tx, failure)
        query = select(dead_letter_table.c.id).where(dead_letter_table.c.message_id == failure.message_id)
        letter_id: UUID = (await tx.execute(query)).scalar_one()
    return letter_id


async def decide(client: httpx.AsyncClient, letter_id: UUID, decision: str, **form: str) -> httpx.Response:
    token = await csrf_token(client)
    return await client.post(f"/dead-letters/{letter_id}/{decision}", data={"csrf_token": token, **form})


def form_of(page: str, letter_id: UUID) -> str:
    """The form that gives a letter up, and what folds it away."""
    found = re.search(
        rf'<details[^>]*><summary>放弃…</summary>\s*<form [^>]*{letter_id}/discard".*?</form>', page, re.DOTALL
    )
    assert found
    return found[0]


async def acts(database: Database) -> list[str]:
    async with database.read() as tx:
        return list((await tx.execute(select(record.c.act).order_by(record.c.id))).scalars())


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh-Hans", "没有未处理的消息"), ("en", "There are no dead letters")]
)
async def test_nothing_failed(operator: httpx.AsyncClient, language: str, sentence: str) -> None:
    page = await operator.get(f"/dead-letters?language={language}", headers=PAGE)
    assert page.status_code == 200
    assert sentence in page.text


async def test_only_operators_see_it(operator: httpx.AsyncClient, identity: FakeIdentity) -> None:
    identity.roles = ("officer",)
    await sign_in(operator)
    assert (await operator.get("/dead-letters")).status_code == 403
    assert (await decide(operator, UUID(int=1), "retry")).status_code == 403


async def test_a_page_is_as_long_as_every_other_list(operator: httpx.AsyncClient, alerts_database: Database) -> None:
    for number in range(1, PAGE_SIZE + 2):
        await bury(alerts_database, number)
    first, second = (await operator.get("/dead-letters")).text, (await operator.get("/dead-letters?page=2")).text
    assert (first.count('/retry"'), second.count('/retry"')) == (PAGE_SIZE, 1)
    assert "page=2" in first
    assert "page=1" in second
    for nonsense in ("0", "-1", "x", "99999999", "９"):
        assert (await operator.get(f"/dead-letters?page={nonsense}")).status_code == 200


async def test_a_retry_that_succeeds(operator: httpx.AsyncClient, alerts_database: Database, handler: Handler) -> None:
    handler.fails = False
    answer = await decide(operator, await bury(alerts_database, 1), "retry")
    assert answer.headers["location"] == "/dead-letters?notice=retried"
    page = await operator.get(answer.headers["location"])
    assert "已重试。" in page.text
    assert "没有未处理的消息" in page.text
    assert (await acts(alerts_database))[-1] == "dead-letter.retried"


async def test_a_retry_that_fails_again(
    operator: httpx.AsyncClient, alerts_database: Database, handler: Handler
) -> None:
    handler.fails = True
    answer = await decide(operator, await bury(alerts_database, 1), "retry")
    page = await operator.get(answer.headers["location"])
    assert "重试仍然失败" in page.text
    assert "RuntimeError" in page.text
    assert "still broken" not in page.text
    assert '/retry"' in page.text


@pytest.mark.parametrize("reason", ["   ", "重复\u202e的数据", "重" * 501], ids=["blank", "invisible", "long"])
async def test_a_discard_needs_a_reason_and_comes_back_as_typed(
    operator: httpx.AsyncClient, alerts_database: Database, reason: str
) -> None:
    letter, other = await bury(alerts_database, 1), await bury(alerts_database, 2)
    answer = await decide(operator, letter, "discard", reason=reason)
    assert answer.status_code == 422
    refused, untouched = form_of(answer.text, letter), form_of(answer.text, other)
    assert f">{reason}</textarea>" in refused
    assert f'aria-describedby="reason-{letter}-error" aria-invalid="true"' in refused
    assert f'id="reason-{letter}-error"' in refused
    assert "放弃需要写明理由" in refused
    assert "></textarea>" in untouched
    assert "error" not in untouched
    assert f'href="#reason-{letter}"' in answer.text
    assert answer.text.count("<details open>") == 1
    answer = await decide(operator, letter, "discard", reason="重复的测试数据")
    assert answer.headers["location"] == "/dead-letters?notice=discarded"
    assert (await acts(alerts_database))[-1] == "dead-letter.discarded"


async def test_a_refused_reason_comes_back_wherever_its_letter_stands(
    operator: httpx.AsyncClient, alerts_database: Database
) -> None:
    """Newer letters have come meanwhile, and pushed it off the page where its form was."""
    letters = [await bury(alerts_database, number) for number in range(1, PAGE_SIZE + 2)]
    answer = await decide(operator, letters[0], "discard", reason="写\u202e好的理由")
    assert "写\u202e好的理由" in answer.text


async def test_a_reason_for_what_somebody_else_decided_is_not_found(
    operator: httpx.AsyncClient, alerts_database: Database
) -> None:
    letter = await bury(alerts_database, 1)
    await decide(operator, letter, "discard", reason="x")
    assert (await decide(operator, letter, "discard", reason=" ")).status_code == 404


async def test_what_somebody_else_decided_is_gone(operator: httpx.AsyncClient, alerts_database: Database) -> None:
    letter = await bury(alerts_database, 1)
    await decide(operator, letter, "discard", reason="x")
    assert (await decide(operator, letter, "retry")).status_code == 404


async def test_a_payload_is_text_and_nothing_else(operator: httpx.AsyncClient, alerts_database: Database) -> None:
    await bury(alerts_database, 1, b"<script>alert(1)</script>")
    page = await operator.get("/dead-letters?notice=<script>&code=<script>")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text

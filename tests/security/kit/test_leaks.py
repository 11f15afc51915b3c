"""Whatever fails, no value of a row, an event, a form or an address is in logs, spans or error columns."""

import asyncio
import sys
from pathlib import Path

import pytest
from pingshan_kit.storage.database import Database
from sqlalchemy import text

from tests.support.canaries import NAME, found_in
from tests.support.platform import TestPlatform
from tests.support.spans import CollectedSpans

ROOT = Path(__file__).parents[3]


class Failed:
    """What the process that failed in every way left behind."""

    def __init__(self, log: str, spans: str) -> None:
        self.log = log
        self.spans = spans


@pytest.fixture(scope="module")
async def failed(
    platform: TestPlatform, publisher: Database, subscriber: Database, tmp_path_factory: pytest.TempPathFactory
) -> Failed:
    folder = tmp_path_factory.mktemp("spans")
    collected = CollectedSpans(folder)
    bound = [platform.service(service, migrated=False).environment for service in ("e-license", "alerts")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.kit.leaking"),
        cwd=ROOT,
        env={"PATH": "", **bound[0], **bound[1], "OTEL_EXPORTER_OTLP_ENDPOINT": collected.endpoint},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        log = (await process.communicate())[0].decode()
    collected.close()
    assert "failed.in_every_way" in log, log
    return Failed(log, "".join(file.read_text("utf-8", "replace") for file in folder.rglob("*") if file.is_file()))


def test_no_value_is_in_a_log(failed: Failed) -> None:
    assert found_in(failed.log) == [], [line[:900] for line in failed.log.splitlines() if found_in(line)][:3]


def test_no_value_is_in_a_span(failed: Failed) -> None:
    assert found_in(failed.spans) == [], [part for part in failed.spans.split('{"') if found_in(part)][:9]


@pytest.mark.parametrize(
    "said",
    [
        "UniqueViolationError sqlstate=23505 table=dead_letter constraint=",
        "NotNullViolationError sqlstate=23502 table=dead_letter column=code",
        "QueryCanceledError sqlstate=57014",
        "ValidationError fields=count:int_parsing,inner:int_parsing",
        "caused by ValidationError",
        "kit/leaking.py:",
        "RemoteError reason=",
        "CallFailed code=TIMEOUT",
        "Could not send … to … after 3 tries",
        "job.payload_invalid",
        "event.died",
        "python.warning",
    ],
)
def test_what_failed_is_still_said(failed: Failed, said: str) -> None:
    assert said in failed.log


@pytest.mark.parametrize(
    "said",
    ["23505", "asyncpg.exceptions.UniqueViolationError", "UNREACHABLE", "uq_dead_letter_source_handler_message_id"],
)
def test_a_span_still_says_what_failed(failed: Failed, said: str) -> None:
    assert said in failed.spans


async def test_no_value_is_in_an_error_column(failed: Failed, publisher: Database, subscriber: Database) -> None:
    """What was to be tried again is kept as it was; of why it failed only a code."""
    for database in (publisher, subscriber):
        async with database.read() as tx:
            letters = (await tx.execute(text("SELECT to_jsonb(l) - 'payload' FROM dead_letter l"))).scalars().all()
            jobs = (await tx.execute(text("SELECT to_jsonb(j) - 'payload' FROM job j"))).scalars().all()
        assert len(letters) > 2
        assert found_in(repr([letters, jobs])) == []


def test_what_is_searched_for_is_found_in_any_dress() -> None:
    assert found_in('{"a": "\\u738b\\u6cc4\\u6f0f"} %E7%8E%8B%E6%B3%84%E6%BC%8F 13912345678') == [
        NAME,
        "+8613912345678",
    ]

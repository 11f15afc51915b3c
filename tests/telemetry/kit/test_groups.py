"""A statement for several acts is a span of the first, with a link to each other; what it writes is of its own act."""

import asyncio
from pathlib import Path

import pytest
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job, outbox, record
from pingshan_tools.traces.kept import SpanRecord
from sqlalchemy import select

from tests.support.kit.service import process
from tests.support.platform import TestPlatform
from tests.support.spans import CollectedSpans


async def collected_of(platform: TestPlatform, what: str, folder: Path) -> list[SpanRecord]:
    spans = CollectedSpans(folder)
    exporter = {"OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint}
    acting = process(platform.service("e-license", migrated=False), what, **exporter)
    assert await asyncio.to_thread(acting.wait, 60) == 0
    spans.close()
    return spans.all()


@pytest.fixture
async def collected(platform: TestPlatform, database: Database, tmp_path: Path) -> list[SpanRecord]:
    return await collected_of(platform, "group_traced", tmp_path)


async def test_a_group_belongs_to_all_its_acts(collected: list[SpanRecord], database: Database) -> None:
    acts = {span.name: span for span in collected if span.name.startswith("act ")}
    traces = {span.trace_id for span in acts.values()}
    assert len(traces) == 3
    for name in ("SELECT command", "submit"):
        spans = [span for span in collected if span.name == name]
        assert {span.parent_id for span in spans} <= {span.span_id for span in acts.values()}
        assert sorted(trace for span in spans for trace in (span.trace_id, *span.links)) == sorted(traces)
        assert any(span.links for span in spans), f"{name} was done for one act at a time"
    groups = {span.span_id for span in collected if span.name == "submit"}
    inside = {span.name for span in collected if span.parent_id in groups}
    assert {"INSERT command", "INSERT outbox", "INSERT job", "INSERT record_pending", "UPDATE command"} <= inside
    assert {span.trace_id for span in collected} == traces, "outside an act nothing is traced"
    async with database.read() as tx:
        events = (await tx.execute(select(outbox.c.traceparent))).scalars().all()
        jobs = (await tx.execute(select(job.c.traceparent))).scalars().all()
        records = (await tx.execute(select(record.c.trace_id).order_by(record.c.id.desc()).limit(3))).scalars().all()
    for written in ([each.split("-")[1] for each in events], [each.split("-")[1] for each in jobs], records):
        assert sorted(written) == sorted(traces)


async def test_what_was_heard_is_applied_in_the_acts_that_heard_it(
    platform: TestPlatform, database: Database, tmp_path: Path
) -> None:
    collected = await collected_of(platform, "hear_traced", tmp_path)
    acts = {span.trace_id: span for span in collected if span.name.startswith("act ")}
    [group] = [span for span in collected if span.name == "apply noise"]
    assert sorted((group.trace_id, *group.links)) == sorted(acts)
    assert group.parent_id == acts[group.trace_id].span_id
    inside = {span.name for span in collected if span.parent_id == group.span_id}
    assert "INSERT command" in inside
    assert {span.trace_id for span in collected} == set(acts), "a look at what waits is not traced"
    async with database.read() as tx:
        events = (await tx.execute(select(outbox.c.traceparent))).scalars().all()
    assert sorted(each.split("-")[1] for each in events) == sorted(acts)

"""One trace from the act to its effect in another service, whatever lies between."""

import asyncio
from pathlib import Path

from pingshan_kit.storage.database import Database

from tests.support.kit.service import process
from tests.support.platform import TestPlatform
from tests.support.spans import CollectedSpans


async def test_act_publish_and_consume_are_parent_and_child(
    platform: TestPlatform, database: Database, alerts_database: Database, tmp_path: Path
) -> None:
    collected = CollectedSpans(tmp_path)
    try:
        alerts = platform.service("alerts").environment
        exporter = {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.endpoint}
        acting = process(platform.service("e-license"), "issue_traced", **alerts, **exporter)
        assert await asyncio.to_thread(acting.wait, 60) == 0
        spans = await collected.wait_for(lambda spans: any(span.name.startswith("consume ") for span in spans))
    finally:
        collected.close()
    [act] = [span for span in spans if span.name == "issue licence"]
    [publish] = [span for span in spans if span.name == "publish e-license.license.issued.v1"]
    [consume] = [span for span in spans if span.name == "consume alerts__notify-license-issued"]
    assert (publish.parent_id, consume.parent_id) == (act.span_id, publish.span_id)
    assert consume.attributes["pingshan.correlation_id"] == "case-1"
    assert {span.trace_id for span in spans} == {act.trace_id}, "polls of relay and bus are not traced"

"""The trace sink keeps what it is sent, and the command shows each act as a tree."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from pingshan_tools.process import Program, answers_http
from pingshan_tools.traces import kept
from pingshan_tools.traces.acts import Act, find
from pingshan_tools.traces.printed import print_acts
from rich.console import Console

from tests.support.servers import Running, free_port

CASE = "2026-000123"


@pytest.fixture(scope="module")
def folder(run_folder: Path) -> Path:
    return run_folder / "traces"


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[str]:
    """The sink with three acts: two of one case joined by its id, one that only links to the first; one orphan."""
    folder.mkdir()
    port, page_port = free_port(), free_port()
    options = ("--folder", str(folder), "--port", str(port), "--page-port", str(page_port))
    sink = Program(
        "trace-sink",
        (sys.executable, "-m", "pingshan_tools.traces.sink", *options),
        ready=lambda: answers_http("127.0.0.1", page_port, "/healthz"),
    )
    running = Running(sink, folder).start()
    _send(port)
    yield f"http://localhost:{page_port}"
    running.stop()


def _send(port: int) -> None:
    providers = {name: _provider(name, port) for name in ("workflow", "alerts")}
    workflow, alerts = (providers[name].get_tracer("test") for name in providers)
    with workflow.start_as_current_span("POST /cases", kind=SpanKind.SERVER) as submitted:
        submitted.set_attribute("pingshan.case.id", CASE)
        with workflow.start_as_current_span("INSERT case"):
            pass
        with alerts.start_as_current_span("consume alerts__notify-case-closed", kind=SpanKind.CONSUMER):
            pass
    with workflow.start_as_current_span("POST /tasks/1/decision", kind=SpanKind.SERVER) as decided:
        decided.set_attribute("pingshan.correlation_id", CASE)
    with alerts.start_as_current_span("send batch", links=[Link(submitted.get_span_context())]):
        pass
    lost = SpanContext(decided.get_span_context().trace_id, 42, is_remote=True, trace_flags=TraceFlags(1))
    with alerts.start_as_current_span("lonely", context=set_span_in_context(NonRecordingSpan(lost))):
        pass
    with alerts.start_as_current_span("something else"):
        pass
    for provider in providers.values():
        provider.shutdown()


def _provider(service: str, port: int) -> TracerProvider:
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}", insecure=True))
    )
    return provider


def names(act: Act) -> set[str]:
    return {span.name for span in act.spans}


def test_a_business_id_finds_its_acts_and_what_links_to_them(page: str, folder: Path) -> None:
    submitted, decided, batch = find(folder, CASE)
    assert names(submitted) == {"POST /cases", "INSERT case", "consume alerts__notify-case-closed"}
    assert names(decided) == {"POST /tasks/1/decision", "lonely"}
    assert names(batch) == {"send batch"}


def test_a_span_without_its_parent_is_an_orphan(page: str, folder: Path) -> None:
    submitted, decided, _ = find(folder, CASE)
    assert [span.name for span in decided.orphans] == ["lonely"]
    assert submitted.orphans == []
    [root] = submitted.roots
    assert {span.service for span in submitted.children_of(root)} == {"workflow", "alerts"}


def test_a_trace_id_finds_that_trace_alone(page: str, folder: Path) -> None:
    first = find(folder, CASE)[0]
    assert find(folder, first.trace_id) == [first]
    assert find(folder, "2026-999999") == []


def test_the_tree_is_printed_with_its_orphans_counted(page: str, folder: Path) -> None:
    console = Console(record=True, width=160, file=None, force_terminal=False)
    with console.capture() as captured:
        print_acts(console, find(folder, CASE))
    printed = captured.get()
    assert "workflow server POST /cases" in printed
    assert f"pingshan.case.id={CASE}" in printed
    assert "orphan: its parent is missing" in printed
    assert "3 acts, 6 spans, 1 orphans" in printed


async def test_the_page_lists_shows_and_serves_otlp_json_for_jaeger(page: str, folder: Path) -> None:
    first = find(folder, CASE)[0]
    async with httpx.AsyncClient(base_url=page) as client:
        assert f"/trace/{first.trace_id}" in (await client.get("/")).text
        assert "lonely" in (await client.get("/", params={"id": CASE})).text
        shown = await client.get(f"/trace/{first.trace_id}")
        assert "INSERT case" in shown.text
        document = (await client.get(f"/trace/{first.trace_id}.json")).json()
        assert "<script>" not in (await client.get("/", params={"id": "<script>"})).text
    spans = [span for group in document["resourceSpans"] for scope in group["scopeSpans"] for span in scope["spans"]]
    assert {span["traceId"] for span in spans} == {first.trace_id}
    assert all(len(span["spanId"]) == 16 for span in spans)
    assert spans[0]["startTimeUnixNano"].isdigit()


def test_the_disk_is_bounded_and_the_oldest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FILE_LIMIT", 1_000)
    writer = kept.Writer(tmp_path)
    for number in range(100):
        writer.append([{"resource": {"attributes": []}, "scopeSpans": [], "number": number, "filling": "x" * 300}])
    files = kept.files(tmp_path)
    assert len(files) <= kept.FILES
    assert sum(file.stat().st_size for file in files) <= kept.FILES * 1_500
    assert '"number":99' in files[-1].read_text() or '"number":99' in files[-2].read_text()


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    whole = json.dumps({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": []}]})
    (tmp_path / "traces-000001.jsonl").write_text(whole + "\n" + whole[:20])
    assert len(list(kept.resource_spans_with(tmp_path, ""))) == 1

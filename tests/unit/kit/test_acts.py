"""Of an act that is only read one in so many is exported whole; of any other, and of what failed or was slow, each."""

import time
from collections.abc import Callable

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from pingshan_kit import acts
from pingshan_kit.acts import ONE_IN, SLOW_NANOSECONDS, KeptActs

exporter = InMemorySpanExporter()
NEVER = 2**62
"""One act in so many."""


@pytest.fixture
def tracer() -> Tracer:
    exporter.clear()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(KeptActs(SimpleSpanProcessor(exporter)))
    return provider.get_tracer("test")


def exported() -> list[str]:
    return [span.name for span in exporter.get_finished_spans()]


def act(tracer: Tracer, one_in: int | None, during: Callable[[Span, Span], None] = lambda _a, _b: None) -> None:
    attributes = {} if one_in is None else {ONE_IN: one_in}
    start = tracer.start_as_current_span
    with start("act", context=Context(), attributes=attributes) as whole, start("part") as part:
        during(whole, part)


@pytest.mark.parametrize(("one_in", "found"), [(None, 300), (1, 300), (NEVER, 0)])
def test_by_the_rate(tracer: Tracer, one_in: int | None, found: int) -> None:
    for _ in range(300):
        act(tracer, one_in)
    assert exported() == ["part", "act"] * found


def test_one_in_some_is_kept_whole(tracer: Tracer) -> None:
    for _ in range(2_000):
        act(tracer, 4)
    whole = {span.context.trace_id: span for span in exporter.get_finished_spans()}
    assert 350 < len(whole) < 650
    assert len(exported()) == 2 * len(whole)
    assert all(trace_id % 4 == 0 for trace_id in whole), "each process decides alike"


@pytest.mark.parametrize(
    "during",
    [
        lambda whole, _: whole.set_attribute("http.response.status_code", 500),
        lambda whole, _: whole.set_attribute("http.response.status_code", 401),
        lambda whole, _: whole.set_attribute("error.type", "PLATFORM_UNAVAILABLE"),
        lambda _, part: part.set_status(Status(StatusCode.ERROR)),
        lambda _, part: part.set_attribute("error.type", "55P03"),
    ],
)
def test_what_failed_is_kept(tracer: Tracer, during: Callable[[Span, Span], None]) -> None:
    act(tracer, NEVER, during)
    assert exported() == ["part", "act"]


def test_what_was_slow_is_kept(tracer: Tracer) -> None:
    now = time.time_ns()
    for lasted in (SLOW_NANOSECONDS - 1, SLOW_NANOSECONDS):
        span = tracer.start_span(f"{lasted}", context=Context(), attributes={ONE_IN: NEVER}, start_time=now)
        span.end(now + lasted)
    assert exported() == [f"{SLOW_NANOSECONDS}"]


def test_a_part_of_another_process_s_act_is_kept(tracer: Tracer) -> None:
    caller = SpanContext(7, 8, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    context = set_span_in_context(NonRecordingSpan(caller), Context())
    with tracer.start_as_current_span("act", context=context, attributes={ONE_IN: NEVER}):
        pass
    assert exported() == ["act"]


def test_what_comes_late_has_the_fate_of_its_act(tracer: Tracer) -> None:
    late: list[Span] = []
    for one_in in (NEVER, 1):
        act(tracer, one_in, lambda _whole, part: late.append(tracer.start_span("late", set_span_in_context(part))))
    for span in late:
        span.end()
    assert exported() == ["part", "act", "late"]


def test_acts_beyond_the_limits_are_exported(tracer: Tracer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_MOST_ACTS", 2)
    open_ = [tracer.start_span(f"{n}", context=Context(), attributes={ONE_IN: NEVER}) for n in range(3)]
    for span in open_:
        span.end()
    assert exported() == ["2"]
    monkeypatch.setattr(acts, "_MOST_SPANS", 3)
    exporter.clear()

    def more(_whole: Span, _part: Span) -> None:
        for _ in range(4):
            tracer.start_span("more").end()

    act(tracer, NEVER, more)
    assert exported() == ["more", "more", "more", "more", "part", "act"]

"""Which acts are exported: all of them, but of routes that are only read, one in so many, unless it failed or was slow.

Own code: OpenTelemetry samples where a trace begins, when nobody knows how it will end; deciding at the end is its
collector's, another server, to which everything would have to be sent first.
"""

import threading
from collections import OrderedDict

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

ONE_IN = "pingshan.kept_one_in"
"""Attribute of an act of which only one in so many is exported."""
SLOW_NANOSECONDS = 1_000_000_000
"""From which on an act is exported in any case."""
_MOST_SPANS = 1_000
"""Of one act that are held back until it ends."""
_MOST_ACTS = 10_000
"""That are under way, and as many that were dropped: what of them still comes is dropped as well."""
_FIRST_REFUSAL = 400


class KeptActs(SpanProcessor):
    """Holds back the spans of an act with `ONE_IN` until its first span ends, and hands them on, or drops them.

    Only an act that begins here may be dropped: a part of another process's act belongs to a trace that is kept.
    """

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner
        self._held: dict[int, list[ReadableSpan]] = {}
        self._dropped: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if span.parent is None and ONE_IN in (span.attributes or {}):
            with self._lock:
                if len(self._held) < _MOST_ACTS:
                    self._held[_trace_of(span)] = []
        self._inner.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        for each in self._to_hand_on(span):
            self._inner.on_end(each)

    def _to_hand_on(self, span: ReadableSpan) -> list[ReadableSpan]:
        trace_id = _trace_of(span)
        with self._lock:
            held = self._held.get(trace_id)
            if held is None:
                return [] if trace_id in self._dropped else [span]
            held.append(span)
            if span.parent is not None and len(held) < _MOST_SPANS:
                return []
            del self._held[trace_id]
            if span.parent is not None or _is_kept(span, held):
                return held
            self._dropped[trace_id] = None
            if len(self._dropped) > _MOST_ACTS:
                self._dropped.popitem(last=False)
        return []

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def is_surely_kept(span: object) -> bool:
    """Returns whether a span's act is exported however it ends."""
    return ONE_IN not in (getattr(span, "attributes", None) or {})


def _is_kept(act: ReadableSpan, spans: list[ReadableSpan]) -> bool:
    one_in = (act.attributes or {}).get(ONE_IN)
    if not isinstance(one_in, int) or _trace_of(act) % one_in == 0:
        return True
    if (act.end_time or 0) - (act.start_time or 0) >= SLOW_NANOSECONDS:
        return True
    return any(_has_failed(span) for span in spans)


def _has_failed(span: ReadableSpan) -> bool:
    if span.status.status_code is StatusCode.ERROR:
        return True
    attributes = span.attributes or {}
    status = attributes.get("http.response.status_code")
    return "error.type" in attributes or (isinstance(status, int) and status >= _FIRST_REFUSAL)


def _trace_of(span: ReadableSpan) -> int:
    context = span.get_span_context()
    return context.trace_id if context is not None else 0

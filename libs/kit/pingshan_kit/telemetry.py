"""Traces: the SDK's set-up, marks of business ids, and the W3C trace context.

Export, sampling by parents and propagation are OpenTelemetry's; own is what it does not offer: names for business
ids, and a sampler that drops a statement only where no act stands above it.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

tracer = trace.get_tracer("pingshan")

_QUEUE = 65_536
_MARKS = {"correlation_id": "pingshan.correlation_id"}


def mark(**ids: object) -> None:
    """Sets business ids on the current span: `mark(case_id="2026-000123")` becomes `pingshan.case.id`.

    Ids only: attributes leave the service.
    """
    span = trace.get_current_span()
    for name, value in ids.items():
        span.set_attribute(_attribute(name), str(value))


def _attribute(name: str) -> str:
    if name in _MARKS:
        return _MARKS[name]
    return f"pingshan.{name.removesuffix('_id')}.id" if name.endswith("_id") else f"pingshan.{name}"


def trace_code() -> str:
    """Returns the trace id of the current act, 32 hex digits; empty where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def traceparent() -> str:
    """Returns the current span as a W3C traceparent; empty where nothing is traced."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def remote_context(headers: Mapping[str, str]) -> Context:
    """Returns the context of a traceparent (and tracestate) header, empty where there is none or it is malformed."""
    return TraceContextTextMapPropagator().extract(headers, context=Context())


def remote_link(headers: Mapping[str, str]) -> list[Link]:
    """Returns a link to the traceparent of a caller who may not be a parent; none where there is no valid one."""
    context = span_context(remote_context(headers))
    return [Link(context, {"pingshan.link": "outside"})] if context.is_valid else []


def span_context(context: Context) -> SpanContext:
    return trace.get_current_span(context).get_span_context()


def refuse_current(reason: str) -> None:
    """Notes the error code on the span of an act that was refused or failed."""
    trace.get_current_span().set_attribute("error.type", reason)


class ActSampler(Sampler):
    """Samples all but database statements outside an act: each poll of a relay would be a trace of one span."""

    def __init__(self) -> None:
        self._inner = ParentBased(ALWAYS_ON)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        if not parent.is_valid and _is_statement(attributes):
            return SamplingResult(Decision.DROP)
        return self._inner.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return "ActSampler"


def _is_statement(attributes: Attributes) -> bool:
    return attributes is not None and ("db.system" in attributes or "db.system.name" in attributes)


def set_up(service: str, environment: Literal["embedded", "production"]) -> None:
    """Makes the tracer provider; exports by OTLP over gRPC where OTEL_EXPORTER_OTLP_ENDPOINT is set."""
    resource = Resource.create({"service.name": service, "deployment.environment.name": environment})
    provider = TracerProvider(sampler=ActSampler(), resource=resource)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        queue = int(os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", _QUEUE))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(insecure=_plain()), max_queue_size=queue))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    AsyncPGInstrumentor(capture_parameters=False).instrument()  # type: ignore[no-untyped-call]
    HTTPXClientInstrumentor().instrument()


def _plain() -> bool:
    return not os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"].startswith("https://")


def shut_down() -> None:
    """Exports the queued spans, within the exporter's own time-out."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()

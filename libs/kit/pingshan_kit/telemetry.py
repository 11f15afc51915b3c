"""Traces: the SDK's set-up, marks of business ids, and the W3C trace context.

Export, sampling by parents and propagation are OpenTelemetry's; own is what it does not offer: names for business
ids, and an exporter that lets no value of a row, a form or an address out, whichever library put it into a span.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import asyncpg
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from opentelemetry.trace import Link, Span, SpanContext, Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from sqlalchemy.exc import DBAPIError

from pingshan_kit import redaction
from pingshan_kit.acts import KeptActs

_SCOPE = "pingshan"
tracer = trace.get_tracer(_SCOPE)

_NEVER = (
    "exception.message",
    "exception.stacktrace",
    "http.target",
    "http.request.header.",
    "http.response.header.",
    "url.query",
    "url.path",
    "db.statement.parameters",
    "db.query.parameter.",
)
"""Beginnings of the names of attributes that hold what others sent."""

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


def note_refusal(reason: str) -> None:
    """Notes the error code on the span of an act that was refused or failed."""
    trace.get_current_span().set_attribute("error.type", reason)


class Redacted(SpanExporter):
    """Exports spans without what may hold values: texts of exceptions, and of addresses all but their origin."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([redacted(span) for span in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Returns the span as it may leave the process."""
    failures = {str((event.attributes or {}).get("exception.type", "")).rpartition(".")[2] for event in span.events}
    scope = span.instrumentation_scope
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_without_values(span.attributes),
        events=[Event(event.name, _without_values(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        instrumentation_scope=scope,
        status=_without_text(span.status, failures, own=scope is not None and scope.name == _SCOPE),
        start_time=span.start_time,
        end_time=span.end_time,
    )


def _without_values(attributes: Attributes) -> Attributes:
    kept = {name: value for name, value in (attributes or {}).items() if not name.startswith(_NEVER)}
    return {
        name: redaction.origin(value) if isinstance(value, str) and redaction.is_url(value) else value
        for name, value in kept.items()
    }


def _without_text(status: Status, failures: Collection[str], *, own: bool) -> Status:
    """Returns the status with the class of the exception that it names, or a code of our own, as its description."""
    description = status.description or ""
    named = description.partition(":")[0]
    if named not in failures and not (own and redaction.is_code(named := description)):
        return Status(status.status_code)
    return Status(status.status_code, named)


def note_database_error(error: BaseException, span: Span | None = None) -> str:
    """Sets SQLSTATE, table, column and constraint of a failed statement on a span, the current one where none is given.

    Returns the SQLSTATE; empty where the error came from anywhere but PostgreSQL.
    """
    facts = redaction.facts(error) if isinstance(error, asyncpg.PostgresError | DBAPIError) else {}
    names = {"sqlstate": "db.response.status_code", "table": "db.collection.name"}
    for name, value in facts.items():
        (span or trace.get_current_span()).set_attribute(names.get(name, f"pingshan.db.{name}"), value)
    return facts.get("sqlstate", "")


def set_up(service: str, environment: Literal["embedded", "production"]) -> None:
    """Makes the tracer provider; exports by OTLP over gRPC where OTEL_EXPORTER_OTLP_ENDPOINT is set.

    Without it nothing is recorded that nobody could read; acts have their trace ids all the same.
    """
    resource = Resource.create({"service.name": service, "deployment.environment.name": environment})
    exports = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    provider = TracerProvider(sampler=ParentBased(ALWAYS_ON) if exports else ALWAYS_OFF, resource=resource)
    if exports:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        queue = int(os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", _QUEUE))
        exporter = BatchSpanProcessor(Redacted(OTLPSpanExporter(insecure=_plain())), max_queue_size=queue)
        provider.add_span_processor(KeptActs(exporter))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())


def _plain() -> bool:
    return not os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"].startswith("https://")


def shut_down() -> None:
    """Exports the queued spans, within the exporter's own time-out."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()

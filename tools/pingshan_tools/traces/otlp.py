"""OTLP protobuf to OTLP JSON, with trace and span ids in hex (OTLP specification, JSON Protobuf Encoding)."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span


def resource_spans(request: ExportTraceServiceRequest) -> list[dict[str, Any]]:
    return [_resource_spans(group) for group in request.resource_spans]


def _resource_spans(group: ResourceSpans) -> dict[str, Any]:
    resource = {"attributes": _attributes(group.resource.attributes)}
    return {"resource": resource, "scopeSpans": [_scope_spans(scope) for scope in group.scope_spans]}


def _scope_spans(group: ScopeSpans) -> dict[str, Any]:
    scope = {"name": group.scope.name, "version": group.scope.version}
    return {"scope": scope, "spans": [_span(span) for span in group.spans]}


def _span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "flags": span.flags,
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": _attributes(span.attributes),
        "events": [_event(event) for event in span.events],
        "links": [_link(link) for link in span.links],
        "status": {"code": int(span.status.code), "message": span.status.message},
    }


def _event(event: Span.Event) -> dict[str, Any]:
    attributes = _attributes(event.attributes)
    return {"timeUnixNano": str(event.time_unix_nano), "name": event.name, "attributes": attributes}


def _link(link: Span.Link) -> dict[str, Any]:
    return {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex(), "attributes": _attributes(link.attributes)}


def _attributes(pairs: Iterable[KeyValue]) -> list[dict[str, Any]]:
    return [{"key": pair.key, "value": _value(pair.value)} for pair in pairs]


def _value(value: AnyValue) -> dict[str, Any]:
    convert = _VALUES.get(value.WhichOneof("value") or "")
    return convert(value) if convert else {}


_VALUES: Mapping[str, Callable[[AnyValue], dict[str, Any]]] = {
    "string_value": lambda value: {"stringValue": value.string_value},
    "bool_value": lambda value: {"boolValue": value.bool_value},
    "int_value": lambda value: {"intValue": str(value.int_value)},
    "double_value": lambda value: {"doubleValue": value.double_value},
    "array_value": lambda value: {"arrayValue": {"values": [_value(item) for item in value.array_value.values]}},
    "kvlist_value": lambda value: {"kvlistValue": {"values": _attributes(value.kvlist_value.values)}},
    "bytes_value": lambda value: {"bytesValue": b64encode(value.bytes_value).decode()},
}

"""Logs: one JSON object a line on standard output, with trace and span ids; ids only, secrets never."""

import logging as standard
import re
import sys
from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from opentelemetry import trace

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SECRET = re.compile(
    r"secret|password|passwd|token|authorization|cookie|assertion|verifier|private|credential"
    r"|mobile|phone|person_number|display_name|holder_code|act_for",
    re.IGNORECASE,
)
_QUIET = ("uvicorn.access", "httpx", "httpcore", "asyncio", "nats", "opentelemetry")


def set_up(service: str) -> None:
    """Sends structlog and the standard library's loggers to standard output as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _ServiceName(service),
        add_trace_ids,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(standard.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    _set_up_standard(shared)


def _set_up_standard(shared: list[structlog.typing.Processor]) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = standard.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    standard.basicConfig(handlers=[handler], level=standard.INFO, force=True)
    for name in _QUIET:
        standard.getLogger(name).setLevel(standard.WARNING)


class _ServiceName:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("service", self._service)
        return event


def add_trace_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Returns the event with `***` for the value of every key, at any depth, that names a secret or personal field."""
    return cast("MutableMapping[str, Any]", _hidden(event))


def _hidden(value: Any) -> Any:
    if isinstance(value, MutableMapping):
        return {key: "***" if _SECRET.search(str(key)) else _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value

"""Logs: one JSON object a line on standard output, with trace and span ids; ids only, secrets never.

What others log, and all that is said of an exception, goes through `redaction`: no value that a row, an event, a form
or an address holds is written.
"""

import json
import logging as standard
import re
import sys
import threading
import warnings
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from opentelemetry import trace

from pingshan_kit import redaction

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
            describe_exception,
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
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, _hide_values],
        pass_foreign_args=True,
        use_get_message=False,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            describe_exception,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=redaction.shown),
        ],
    )
    handler = _Handler(sys.stdout)
    handler.setFormatter(formatter)
    standard.basicConfig(handlers=[handler], level=standard.INFO, force=True)
    for name in _QUIET:
        standard.getLogger(name).setLevel(standard.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = lambda failed: _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.unraisablehook = lambda failed: _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)
    warnings.showwarning = _warned


def _uncaught(_kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    log.error("exception.uncaught", exc_info=error)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del message, file, line  # pydantic's holds the value that it warns of
    log.warning("python.warning", category=category.__name__, place=f"{filename}:{lineno}")


class _Handler(standard.StreamHandler[TextIO]):
    def handleError(self, record: standard.LogRecord) -> None:  # noqa: N802 - logging's name
        """Says that a line could not be written; logging itself would print what the line was to hold."""
        failed = sys.exc_info()[1]
        said = redaction.described(failed) if failed is not None else ""
        self.stream.write(json.dumps({"event": "log.failed", "level": "error", "of": record.name, "exception": said}))
        self.stream.write("\n")


class _ServiceName:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("service", self._service)
        return event


def describe_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Returns the event with `exception`: class, codes and frames of `exc_info`, without any value."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple):
        raised = raised[1]
    error = raised if isinstance(raised, BaseException) else sys.exc_info()[1] if raised else None
    if error is not None:
        event["exception"] = redaction.described(error)
    return event


def _hide_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["event"] = redaction.foreign_message(event["_record"].msg, event.pop("positional_args", None))
    event.pop("stack_info", None)
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

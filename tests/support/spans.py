"""Spans that services export during a test, received by OTLP like in production."""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from pingshan_tools.traces.acts import Act, find
from pingshan_tools.traces.kept import SpanRecord, Writer, resource_spans_with, spans_of
from pingshan_tools.traces.otlp import resource_spans


class CollectedSpans(TraceServiceServicer):
    """`endpoint` is the OTEL_EXPORTER_OTLP_ENDPOINT of whoever shall be seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer = Writer(folder)
        self._server = grpc.server(ThreadPoolExecutor(1), options=[("grpc.so_reuseport", 0)])
        add_TraceServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        self.endpoint = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Export(self, request: ExportTraceServiceRequest, _context: Any) -> ExportTraceServiceResponse:  # noqa: N802
        self._writer.append(resource_spans(request))
        return ExportTraceServiceResponse()

    def all(self) -> list[SpanRecord]:
        return [span for group in resource_spans_with(self.folder, "") for span in spans_of(group)]

    def acts(self, wanted: str) -> list[Act]:
        """As `pingshan trace` finds them: by trace id or business id."""
        return find(self.folder, wanted)

    async def wait_for(
        self, enough: Callable[[Iterable[SpanRecord]], bool], *, seconds: float = 60
    ) -> list[SpanRecord]:
        """All spans, once `enough` says so of them; exporters send in batches. Raises `TimeoutError`."""
        end = time.monotonic() + seconds
        while not enough(spans := self.all()):
            if time.monotonic() > end:
                seen = sorted({f"{span.service}: {span.name}" for span in spans})
                raise TimeoutError("not all expected spans came; seen: " + ", ".join(seen))
            await asyncio.sleep(0.2)
        return spans

    def close(self) -> None:
        self._server.stop(None)

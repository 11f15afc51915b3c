"""`python -m pingshan_tools.traces.sink`: receives OTLP over gRPC, keeps it, and has a small page to look at it."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from pingshan_tools.traces.kept import Writer, spans_of
from pingshan_tools.traces.otlp import resource_spans
from pingshan_tools.traces.page import Recent, application

_LARGEST_EXPORT = 32 * 1024 * 1024


class Receiver(TraceServiceServicer):
    def __init__(self, writer: Writer, recent: Recent) -> None:
        self._writer = writer
        self._recent = recent

    async def Export(  # noqa: N802 - the name in the protocol
        self, request: ExportTraceServiceRequest, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> ExportTraceServiceResponse:
        exported = resource_spans(request)
        self._writer.append(exported)
        for group in exported:
            self._recent.note(spans_of(group))
        return ExportTraceServiceResponse()


async def receive(folder: Path, port: int, page_port: int) -> None:
    recent = Recent()
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", _LARGEST_EXPORT), ("grpc.so_reuseport", 0)])
    add_TraceServiceServicer_to_server(Receiver(Writer(folder), recent), server)  # type: ignore[no-untyped-call]
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    config = uvicorn.Config(application(folder, recent), host="127.0.0.1", port=page_port, log_level="warning")
    page = uvicorn.Server(config)
    await page.serve()
    await server.stop(grace=2)


def main(
    folder: Annotated[Path, typer.Option()],
    port: Annotated[int, typer.Option()],
    page_port: Annotated[int, typer.Option()],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(receive(folder, port, page_port))


if __name__ == "__main__":
    typer.run(main)

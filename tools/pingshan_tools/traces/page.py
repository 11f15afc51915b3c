"""The sink's page: recent traces, one trace as a tree, and its OTLP JSON, which Jaeger's upload opens."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from pingshan_values.shanghai import SHANGHAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pingshan_tools.traces.acts import Act, find
from pingshan_tools.traces.kept import SpanRecord, only_trace, resource_spans_with

_KEPT = 500


@dataclass
class Summary:
    trace_id: str
    spans: int = 0
    failed: bool = False
    services: set[str] = field(default_factory=set)
    first: SpanRecord | None = None
    end: int = 0

    def add(self, span: SpanRecord) -> None:
        self.spans += 1
        self.failed = self.failed or span.failed
        self.services.add(span.service)
        self.end = max(self.end, span.end)
        if self.first is None or span.start < self.first.start:
            self.first = span

    @property
    def began(self) -> str:
        return clock(self.first.start) if self.first else ""

    @property
    def milliseconds(self) -> float:
        return (self.end - self.first.start) / 1e6 if self.first else 0


class Recent:
    """Keeps the newest 500 traces, in memory."""

    def __init__(self) -> None:
        self._summaries: OrderedDict[str, Summary] = OrderedDict()

    def note(self, spans: Iterable[SpanRecord]) -> None:
        for span in spans:
            self._summaries.setdefault(span.trace_id, Summary(span.trace_id)).add(span)
            self._summaries.move_to_end(span.trace_id)
        while len(self._summaries) > _KEPT:
            self._summaries.popitem(last=False)

    def newest(self) -> list[Summary]:
        return list(reversed(self._summaries.values()))


def clock(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds / 1e9, UTC).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def application(folder: Path, recent: Recent) -> Starlette:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    templates.globals["clock"] = clock

    def page(name: str, **values: object) -> HTMLResponse:
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(templates.get_template(name).render(**values), headers=headers)

    async def index(request: Request) -> Response:
        if wanted := request.query_params.get("id", "").strip():
            return page("acts.html", wanted=wanted, acts=find(folder, wanted), rows=rows)
        return page("recent.html", traces=recent.newest())

    async def one(request: Request) -> Response:
        wanted = request.path_params["trace_id"]
        return page("acts.html", wanted=wanted, acts=find(folder, wanted), rows=rows)

    async def download(request: Request) -> Response:
        wanted = request.path_params["trace_id"]
        groups = [only_trace(group, wanted) for group in resource_spans_with(folder, wanted)]
        name = {"Content-Disposition": f'attachment; filename="{wanted}.json"'}
        return JSONResponse({"resourceSpans": [group for group in groups if group]}, headers=name)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/", index),
            Route("/healthz", healthz),
            Route("/trace/{trace_id:str}.json", download),
            Route("/trace/{trace_id:str}", one),
        ]
    )


def rows(act: Act) -> list[tuple[int, SpanRecord, bool]]:
    """Returns depth, span, and whether it is an orphan, in the order of a tree."""
    found: list[tuple[int, SpanRecord, bool]] = []

    def walk(span: SpanRecord, depth: int, *, orphan: bool) -> None:
        found.append((depth, span, orphan))
        for child in act.children_of(span):
            walk(child, depth + 1, orphan=False)

    for root in act.roots:
        walk(root, 0, orphan=False)
    for span in act.orphans:
        walk(span, 0, orphan=True)
    return found

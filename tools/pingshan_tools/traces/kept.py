"""Traces on disk: OTLP JSON, one export per line, in numbered files whose sum is capped."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE_LIMIT = 16 * 1024 * 1024
"""Bytes after which the next file begins."""
FILES = 8
"""Number of files that are kept; the oldest is deleted first."""


@dataclass(frozen=True)
class SpanRecord:
    trace_id: str
    span_id: str
    parent_id: str
    """Id of the parent; empty at the root of a trace."""
    service: str
    name: str
    kind: str
    """internal, server, client, producer or consumer."""
    start: int
    """Nanoseconds since 1970."""
    end: int
    failed: bool
    attributes: dict[str, str]
    links: tuple[str, ...]
    """Trace ids that this span points to."""

    @property
    def milliseconds(self) -> float:
        return (self.end - self.start) / 1e6


_KINDS = ("internal", "internal", "server", "client", "producer", "consumer")


def spans_of(resource_spans: dict[str, Any]) -> Iterator[SpanRecord]:
    service = _flat(resource_spans["resource"]["attributes"]).get("service.name", "?")
    for scope in resource_spans["scopeSpans"]:
        for span in scope["spans"]:
            yield SpanRecord(
                trace_id=span["traceId"],
                span_id=span["spanId"],
                parent_id=span["parentSpanId"],
                service=service,
                name=span["name"],
                kind=_KINDS[span["kind"]],
                start=int(span["startTimeUnixNano"]),
                end=int(span["endTimeUnixNano"]),
                failed=span["status"]["code"] == 2,
                attributes=_flat(span["attributes"]),
                links=tuple(link["traceId"] for link in span["links"]),
            )


def _flat(pairs: list[dict[str, Any]]) -> dict[str, str]:
    return {pair["key"]: str(next(iter(pair["value"].values()), "")) for pair in pairs}


@dataclass
class Writer:
    folder: Path
    _number: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._number = max((_number(file) for file in files(self.folder)), default=1)

    def append(self, resource_spans: list[dict[str, Any]]) -> None:
        line = json.dumps({"resourceSpans": resource_spans}, ensure_ascii=False, separators=(",", ":"))
        with self._file().open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._file().stat().st_size > FILE_LIMIT:
            self._number += 1
            for old in files(self.folder)[: -(FILES - 1)]:
                old.unlink()

    def _file(self) -> Path:
        return self.folder / f"traces-{self._number:06}.jsonl"


def files(folder: Path) -> list[Path]:
    """Returns the files of a folder, the oldest first."""
    return sorted(folder.glob("traces-*.jsonl"))


def _number(file: Path) -> int:
    return int(file.stem.removeprefix("traces-"))


def resource_spans_with(folder: Path, *texts: str) -> Iterator[dict[str, Any]]:
    """Yields the kept exports that contain any of the texts; passes over a line that a kill cut off."""
    for file in files(folder):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.endswith("\n") and any(text in line for text in texts):
                    yield from json.loads(line)["resourceSpans"]


def only_trace(resource_spans: dict[str, Any], trace_id: str) -> dict[str, Any] | None:
    """Returns the same export with nothing but this trace; None where it holds nothing of it."""
    scopes = [
        {**scope, "spans": [span for span in scope["spans"] if span["traceId"] == trace_id]}
        for scope in resource_spans["scopeSpans"]
    ]
    scopes = [scope for scope in scopes if scope["spans"]]
    return {**resource_spans, "scopeSpans": scopes} if scopes else None

"""From an id to acts: every trace that carries a business id, or is linked with one that does, as trees."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pingshan_tools.traces.kept import SpanRecord, resource_spans_with, spans_of


@dataclass(frozen=True)
class Act:
    """Holds one trace."""

    trace_id: str
    spans: tuple[SpanRecord, ...]
    """Spans in the order of their start."""

    @property
    def start(self) -> int:
        return self.spans[0].start

    @property
    def roots(self) -> list[SpanRecord]:
        return [span for span in self.spans if not span.parent_id]

    @property
    def orphans(self) -> list[SpanRecord]:
        """Returns the spans whose parent is not there."""
        present = {span.span_id for span in self.spans}
        return [span for span in self.spans if span.parent_id and span.parent_id not in present]

    @property
    def only_reads(self) -> bool:
        """Returns whether a page or document was fetched, and no event came of it."""
        fetched = all(root.name.startswith("GET ") for root in self.roots)
        return fetched and not self.orphans and all(span.kind != "producer" for span in self.spans)

    def children_of(self, parent: SpanRecord) -> list[SpanRecord]:
        return [span for span in self.spans if span.parent_id == parent.span_id]


def find(folder: Path, wanted: str) -> list[Act]:
    """Returns the acts of a trace id (32 hex digits), or of a business id that a `pingshan.*` attribute holds."""
    if re.fullmatch(r"[0-9a-f]{32}", wanted):
        return _acts(folder, {wanted})
    named = {span.trace_id for span in _spans(folder, wanted) if _names(span, wanted)}
    return _acts(folder, named | _linked(folder, named)) if named else []


def _names(span: SpanRecord, wanted: str) -> bool:
    return any(key.startswith("pingshan.") and value == wanted for key, value in span.attributes.items())


def _linked(folder: Path, named: set[str]) -> set[str]:
    """Returns the traces one link away, in either direction."""
    linked: set[str] = set()
    for span in _spans(folder, *named):
        if span.trace_id in named:
            linked.update(span.links)
        elif named.intersection(span.links):
            linked.add(span.trace_id)
    return linked


def _acts(folder: Path, trace_ids: set[str]) -> list[Act]:
    found: dict[str, dict[str, SpanRecord]] = defaultdict(dict)
    for span in _spans(folder, *trace_ids):
        if span.trace_id in trace_ids:
            found[span.trace_id][span.span_id] = span
    acts = [Act(trace_id, _by_start(spans.values())) for trace_id, spans in found.items()]
    return sorted(acts, key=lambda act: act.start)


def _by_start(spans: Iterable[SpanRecord]) -> tuple[SpanRecord, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end)))


def _spans(folder: Path, *texts: str) -> Iterator[SpanRecord]:
    for group in resource_spans_with(folder, *texts):
        yield from spans_of(group)

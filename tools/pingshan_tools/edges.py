"""`edges.yaml`, read and checked: who publishes, consumes, watches and calls what."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

SERVICES = ("identity", "e-license", "workflow", "wifi-portal", "alerts")

ROOT = Path(__file__).resolve().parents[2]
"""The repository: the packages are installed editable, so the source is always at hand."""


@dataclass(frozen=True)
class Stream:
    name: str
    service: str
    max_age: int
    """Seconds."""
    max_bytes: int
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Durable:
    service: str
    usecase: str
    subject: str
    stream: str

    @property
    def name(self) -> str:
        return f"{self.service}__{self.usecase}"


@dataclass(frozen=True)
class Watched:
    service: str
    subject: str
    stream: str


@dataclass(frozen=True)
class Call:
    caller: str
    callee: str
    method: str


@dataclass(frozen=True)
class Edges:
    zones: dict[str, str]
    """Service → `government` or `internet`."""
    streams: tuple[Stream, ...]
    durables: tuple[Durable, ...]
    watches: tuple[Watched, ...]
    calls: tuple[Call, ...]
    open_methods: tuple[str, ...]

    def streams_of(self, service: str) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.service == service)

    def durables_of(self, service: str) -> tuple[Durable, ...]:
        return tuple(durable for durable in self.durables if durable.service == service)

    def watches_of(self, service: str) -> tuple[Watched, ...]:
        return tuple(watched for watched in self.watches if watched.service == service)

    def callees_of(self, service: str) -> tuple[str, ...]:
        return tuple(sorted({call.callee for call in self.calls if call.caller == service}))


class EdgesError(ValueError):
    """`edges.yaml` contradicts itself."""


@cache
def load(path: Path = ROOT / "edges.yaml") -> Edges:
    """Reads the edges. Raises EdgesError where an edge names a service or a subject that is not declared."""
    raw = yaml.safe_load(path.read_text("utf-8"))
    streams = tuple(
        Stream(name, body["service"], int(body["max_age"]), int(body["max_bytes"]), tuple(body["subjects"]))
        for name, body in raw["streams"].items()
    )
    stream_of = {subject: stream.name for stream in streams for subject in stream.subjects}
    try:
        edges = Edges(
            zones={name: body["zone"] for name, body in raw["services"].items()},
            streams=streams,
            durables=tuple(
                Durable(edge["service"], edge["usecase"], edge["subject"], stream_of[edge["subject"]])
                for edge in raw["consume"]
            ),
            watches=tuple(
                Watched(edge["service"], edge["subject"], stream_of[edge["subject"]]) for edge in raw["watch"]
            ),
            calls=tuple(Call(edge["from"], edge["to"], edge["method"]) for edge in raw["rpc"]),
            open_methods=tuple(raw["open"]),
        )
    except KeyError as unknown:
        raise EdgesError(f"edges.yaml: no stream carries {unknown}, or an edge lacks that field") from unknown
    _check(edges)
    return edges


def _check(edges: Edges) -> None:
    named = {stream.service for stream in edges.streams}
    named |= {durable.service for durable in edges.durables} | {watched.service for watched in edges.watches}
    named |= {call.caller for call in edges.calls} | {call.callee for call in edges.calls}
    if unknown := named - set(edges.zones):
        raise EdgesError(f"edges.yaml: undeclared services {sorted(unknown)}")
    for stream in edges.streams:
        if foreign := [subject for subject in stream.subjects if not subject.startswith(f"{stream.service}.")]:
            raise EdgesError(f"edges.yaml: stream {stream.name} carries {foreign}, which {stream.service} does not own")
    for call in edges.calls:
        if call.method.split(".")[1].replace("_", "-") != call.callee:
            raise EdgesError(f"edges.yaml: {call.method} is not served by {call.callee}")

"""Writes `pingshan_events/edges.py`: the declared edges as typed tables that the kit reads."""

from collections.abc import Iterable, Iterator

from pingshan_tools.edges import Edges

_HEAD = '''"""Who may publish, consume, watch and call what. Generated from edges.yaml by make generate: do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass


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
    """A durable consumer: once per service, for effects."""

    name: str
    """`<service>__<usecase>`."""
    service: str
    usecase: str
    stream: str
    subject: str


'''


def render(edges: Edges) -> str:
    return _HEAD + "\n\n".join(_tables(edges)) + "\n"


def _tables(edges: Edges) -> Iterator[str]:
    yield _mapping("ZONES", "str, str", ((name, _text(zone)) for name, zone in edges.zones.items()), "Service → zone.")
    yield _rows("STREAMS", "Stream", (_stream(edges, index) for index in range(len(edges.streams))))
    subjects = [(subject, stream) for stream in edges.streams for subject in stream.subjects]
    yield _mapping("STREAM_OF_SUBJECT", "str, str", ((subject, _text(stream.name)) for subject, stream in subjects))
    yield _mapping(
        "PUBLISHER_OF_SUBJECT", "str, str", ((subject, _text(stream.service)) for subject, stream in subjects)
    )
    yield _rows("DURABLES", "Durable", (_durable(edges, index) for index in range(len(edges.durables))))
    watches = [(name, sorted(watched.subject for watched in edges.watches_of(name))) for name in edges.zones]
    yield _mapping("WATCHES", "str, frozenset[str]", _sets(watches), "Service → subjects that its processes watch.")
    methods = sorted({call.method for call in edges.calls})
    callers = [(method, sorted({call.caller for call in edges.calls if call.method == method})) for method in methods]
    yield _mapping(
        "RPC_CALLERS",
        "str, frozenset[str]",
        _sets(callers),
        "Method → services that may call it, as `package.Service/Method`.",
    )
    yield _frozenset("OPEN_RPCS", sorted(edges.open_methods), "Methods that an access token of identity opens, too.")


def _stream(edges: Edges, index: int) -> str:
    stream = edges.streams[index]
    subjects = "".join(f"            {_text(subject)},\n" for subject in stream.subjects)
    return (
        f"    Stream(\n        name={_text(stream.name)},\n        service={_text(stream.service)},\n"
        f"        max_age={stream.max_age},\n        max_bytes={stream.max_bytes},\n"
        f"        subjects=(\n{subjects}        ),\n    ),\n"
    )


def _durable(edges: Edges, index: int) -> str:
    durable = edges.durables[index]
    return (
        f"    Durable(\n        name={_text(durable.name)},\n        service={_text(durable.service)},\n"
        f"        usecase={_text(durable.usecase)},\n        stream={_text(durable.stream)},\n"
        f"        subject={_text(durable.subject)},\n    ),\n"
    )


def _rows(name: str, kind: str, rows: Iterable[str]) -> str:
    return f"{name}: tuple[{kind}, ...] = (\n{''.join(rows)})\n"


def _sets(rows: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    for key, members in rows:
        inner = "".join(f"            {_text(member)},\n" for member in members)
        yield key, f"frozenset(\n        (\n{inner}        )\n    )" if members else "frozenset()"


def _mapping(name: str, types: str, rows: Iterable[tuple[str, str]], meaning: str = "") -> str:
    body = "".join(f"    {_text(key)}: {value},\n" for key, value in rows)
    return f"{name}: Mapping[{types}] = {{\n{body}}}\n" + (f'"""{meaning}"""\n' if meaning else "")


def _frozenset(name: str, members: list[str], meaning: str) -> str:
    body = "".join(f"        {_text(member)},\n" for member in members)
    return f'{name}: frozenset[str] = frozenset(\n    (\n{body}    )\n)\n"""{meaning}"""\n'


def _text(value: str) -> str:
    return f'"{value}"'

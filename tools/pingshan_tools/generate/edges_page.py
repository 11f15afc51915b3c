"""docs/reference/edges.md: the picture of who talks to whom, and the flows that cross the zones."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pingshan_tools.edges import Durable, Edges, Watched

_HEAD = """<!-- Generated from edges.yaml by make generate: do not edit. -->
# Who talks to whom

`edges.yaml` declares every call and every event between services. NATS rights, the caller table of the gRPC
interceptor, the NetworkPolicies and this page are generated from it; a call that is not declared is refused.
"""


def render(edges: Edges) -> str:
    sections = (_HEAD, _picture(edges), _boundary(edges), _calls(edges), _events(edges), _open(edges))
    return "\n".join(sections)


def _picture(edges: Edges) -> str:
    lines = ["```mermaid", "flowchart LR"]
    for zone in sorted(set(edges.zones.values())):
        lines.append(f"  subgraph {zone} zone")
        lines += [f"    {_node(name)}[{name}]" for name, its in edges.zones.items() if its == zone]
        lines.append("  end")
    lines += [
        f"  {_node(caller)} -->|gRPC {count}| {_node(callee)}" for (caller, callee), count in _pairs(edges).items()
    ]
    lines += [f"  {_node(source)} -.->|events| {_node(target)}" for source, target in sorted(_told(edges))]
    return "\n".join([*lines, "```", "", "Solid: gRPC calls. Dashed: events over NATS JetStream.", ""])


def _node(service: str) -> str:
    return service.replace("-", "_")


def _pairs(edges: Edges) -> dict[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for call in edges.calls:
        counted[call.caller, call.callee] += 1
    return dict(sorted(counted.items()))


def _told(edges: Edges) -> set[tuple[str, str]]:
    listened = [(edge.subject, edge.service) for edge in _listening(edges)]
    return {(publisher(subject), service) for subject, service in listened if publisher(subject) != service}


def _listening(edges: Edges) -> list[Durable | Watched]:
    return [*edges.durables, *edges.watches]


def publisher(subject: str) -> str:
    return subject.partition(".")[0]


def _boundary(edges: Edges) -> str:
    rows = sorted(_crossing(edges))
    table = _table(("From", "Zone", "To", "Zone", "How", "What"), rows)
    return f"## Flows that cross the boundary between zones\n\n{table}"


def _crossing(edges: Edges) -> Iterator[tuple[str, ...]]:
    def row(source: str, target: str, how: str, what: str) -> tuple[str, ...]:
        return source, edges.zones[source], target, edges.zones[target], how, f"`{what}`"

    for call in edges.calls:
        if edges.zones[call.caller] != edges.zones[call.callee]:
            yield row(call.caller, call.callee, "gRPC", call.method)
    for edge in _listening(edges):
        source = publisher(edge.subject)
        if edges.zones[source] != edges.zones[edge.service]:
            yield row(source, edge.service, "event", edge.subject)


def _calls(edges: Edges) -> str:
    rows = sorted((call.caller, call.callee, f"`{call.method}`") for call in edges.calls)
    return "## Calls\n\n" + _table(("Caller", "Callee", "Method"), rows)


def _events(edges: Edges) -> str:
    rows = [
        (f"`{s}`", stream.name, stream.service, _listeners(edges, s))
        for stream in edges.streams
        for s in stream.subjects
    ]
    return "## Events\n\n" + _table(("Subject", "Stream", "Publisher", "Listeners"), rows)


def _listeners(edges: Edges, subject: str) -> str:
    durables = [
        f"{durable.service} (durable `{durable.name}`)" for durable in edges.durables if durable.subject == subject
    ]
    watches = [f"{watched.service} (watch)" for watched in edges.watches if watched.subject == subject]
    return ", ".join((*durables, *watches)) or "nobody yet"


def _open(edges: Edges) -> str:
    methods = [(f"`{method}`",) for method in sorted(edges.open_methods)]
    return "## Open to people and agencies' systems, with an access token\n\n" + _table(("Method",), methods)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"

"""Draws a definition: where each node stands, which lines join them, and how far a case has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pingshan_values.text import Text

from pingshan_workflow.domain.cases.case import TaskState
from pingshan_workflow.domain.cases.view import Entry, TaskRow
from pingshan_workflow.domain.definitions.definition import (
    CheckNode,
    Definition,
    EndNode,
    JoinNode,
    Node,
    ParallelNode,
    TaskNode,
    successors,
)

WIDTH, HEIGHT = 164, 46
"""Size of a box, in units of the picture."""
_ACROSS, _DOWN = 184, 78
_MARGIN = 10


class NodeState(StrEnum):
    WAITING = "waiting"
    CURRENT = "current"
    DONE = "done"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Box:
    id: str
    title: Text
    organisation: str
    state: NodeState
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """Joins the lower edge of a box to the upper edge of another; with `refusal` it is taken only after a refusal."""

    x1: float
    y1: float
    x2: float
    y2: float
    refusal: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    width: float
    height: float
    boxes: Sequence[Box]
    lines: Sequence[Line]


def draw(definition: Definition, states: Mapping[str, NodeState]) -> Diagram:
    """Returns boxes from top to bottom, one lane for each innermost branch, refusals at the right."""
    rows = _rows(definition)
    lanes = _lanes(definition)
    boxes = {
        node.id: Box(
            id=node.id,
            title=node.title,
            organisation=node.organisation if isinstance(node, TaskNode) else "",
            state=states.get(node.id, NodeState.WAITING),
            x=_MARGIN + lanes[node.id] * _ACROSS,
            y=_MARGIN + rows[node.id] * _DOWN,
        )
        for node in definition.nodes.values()
    }
    return Diagram(
        width=max(box.x for box in boxes.values()) + WIDTH + _MARGIN,
        height=max(box.y for box in boxes.values()) + HEIGHT + _MARGIN,
        boxes=sorted(boxes.values(), key=lambda box: (box.y, box.x)),
        lines=list(_lines(definition, boxes)),
    )


def node_states(definition: Definition, tasks: Sequence[TaskRow], entries: Sequence[Entry]) -> dict[str, NodeState]:
    """Returns the states of nodes that a case reached, from its tasks and timeline.

    A node that people never see is done once the case has gone past it.
    """
    found = {row.node: _TASKS[row.state] for row in tasks}
    for entry in entries:
        found |= {str(name): NodeState.CURRENT for name in entry.details.get("sent", ())}
        if entry.kind in {"checked", "issued"}:
            found[entry.node] = NodeState.REJECTED if entry.details.get("passed") is False else NodeState.DONE
        if entry.details.get("end"):
            rejected = entry.details["outcome"] == "rejected"
            found[str(entry.details["end"])] = NodeState.REJECTED if rejected else NodeState.DONE
    touched = set(found)
    for name in definition.nodes:
        if name not in found and _passed(definition, name, touched):
            found[name] = NodeState.DONE
    for node in definition.nodes.values():
        if isinstance(node, JoinNode) and node.on_fail in touched and _has_begun(definition, node.id, touched):
            found[node.id] = NodeState.REJECTED
    return found


_TASKS = {
    TaskState.OPEN: NodeState.CURRENT,
    TaskState.APPROVED: NodeState.DONE,
    TaskState.REJECTED: NodeState.REJECTED,
    TaskState.SKIPPED: NodeState.SKIPPED,
}


def _passed(definition: Definition, name: str, touched: set[str]) -> bool:
    """Returns True if something behind the node was reached without a refusal and without passing another task."""
    if isinstance(definition.nodes[name], TaskNode | CheckNode | EndNode):
        return False
    waiting = _onward(definition.nodes[name])
    while waiting:
        target = waiting.pop()
        if target in touched:
            return True
        if not isinstance(definition.nodes[target], TaskNode):
            waiting.extend(_onward(definition.nodes[target]))
    return False


def _onward(node: Node) -> list[str]:
    return [target for target in successors(node) if target != getattr(node, "on_fail", None)]


def _has_begun(definition: Definition, join: str, touched: set[str]) -> bool:
    parallels = {node.id for node in definition.nodes.values() if isinstance(node, ParallelNode) and node.join == join}
    return any(home.parallel in parallels for name, home in definition.homes.items() if name in touched)


def _rows(definition: Definition) -> dict[str, int]:
    """Returns the length of the longest way from the start to each node; the definition has no cycle."""
    rows = {definition.start: 0}
    waiting = [definition.start]
    while waiting:
        name = waiting.pop(0)
        for target in successors(definition.nodes[name]):
            if rows.get(target, -1) < rows[name] + 1:
                rows[target] = rows[name] + 1
                waiting.append(target)
    return rows


def _lanes(definition: Definition) -> dict[str, float]:
    spans: dict[tuple[str, str], tuple[float, float]] = {}
    outer = [
        node for node in definition.nodes.values() if isinstance(node, ParallelNode) and node.id not in definition.homes
    ]
    width = 1.0
    for parallel in outer:
        width = max(width, _span(definition, parallel, 0.0, spans))
    lanes: dict[str, float] = {}
    for name, node in definition.nodes.items():
        home = definition.homes.get(name)
        low, high = spans[home.parallel, home.branch] if home else (0.0, width)
        lanes[name] = width if _is_refusal(node) else (low + high - 1) / 2
    return lanes


def _span(
    definition: Definition, parallel: ParallelNode, low: float, spans: dict[tuple[str, str], tuple[float, float]]
) -> float:
    """Gives each branch its lanes from `low` on, and returns the end of the last one."""
    for branch in parallel.branches:
        inner = [
            node
            for name, node in definition.nodes.items()
            if isinstance(node, ParallelNode)
            and (home := definition.homes.get(name))
            and (home.parallel, home.branch) == (parallel.id, branch.name)
        ]
        high = max([low + 1, *(_span(definition, node, low, spans) for node in inner)])
        spans[parallel.id, branch.name] = (low, high)
        low = high
    return low


def _is_refusal(node: Node) -> bool:
    return isinstance(node, EndNode) and node.outcome == "rejected"


def _lines(definition: Definition, boxes: Mapping[str, Box]) -> Iterator[Line]:
    for node in definition.nodes.values():
        for target in _drawn(definition, node):
            start, end = boxes[node.id], boxes[target]
            refusal = target in {getattr(node, "on_reject", None), getattr(node, "on_fail", None)}
            yield Line(start.x + WIDTH / 2, start.y + HEIGHT, end.x + WIDTH / 2, end.y, refusal)


def _drawn(definition: Definition, node: Node) -> Iterator[str]:
    """Yields the targets of lines; a way straight to the join is left out where the node has another one."""
    for target in successors(node):
        skips = isinstance(definition.nodes[target], JoinNode) and len(successors(node)) > 1
        if not skips:
            yield target

"""The picture of a definition, and how far a case has come in it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pingshan_workflow.domain.cases.case import TaskState
from pingshan_workflow.domain.cases.diagram import HEIGHT, WIDTH, NodeState, draw, node_states
from pingshan_workflow.domain.cases.view import Entry, TaskRow
from pingshan_workflow.domain.definitions.definition import canonical, read_definition
from pingshan_workflow.seed import DEFINITIONS

RESTAURANT = read_definition(
    canonical(yaml.safe_load(Path(DEFINITIONS, "restaurant-opening.yaml").read_text(encoding="utf-8")))
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def entry(kind: str, node: str = "", **details: Any) -> Entry:
    return Entry(1, kind, node, NOW, "service:workflow", details)


def row(node: str, state: TaskState) -> TaskRow:
    return TaskRow("2026-000001", node, "amr", "officer", state, NOW, None, None, None, "", "", "")


def test_no_two_boxes_overlap_and_lines_lead_down() -> None:
    picture = draw(RESTAURANT, {})
    boxes = picture.boxes
    assert len(boxes) == len(RESTAURANT.nodes)
    for one in boxes:
        for other in boxes:
            apart = abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
            assert one is other or apart, (one.id, other.id)
    assert all(line.y2 > line.y1 for line in picture.lines)


def test_departments_at_work() -> None:
    entries = [
        entry("decided", "acceptance", sent=["business-licence-check"]),
        entry("checked", "business-licence-check", passed=True),
    ]
    tasks = [row("acceptance", TaskState.APPROVED), row("food-permit", TaskState.OPEN)]
    states = node_states(RESTAURANT, tasks, entries)
    assert states["business-licence-check"] is NodeState.DONE
    assert states["departments"] is NodeState.DONE
    assert states["food-permit"] is NodeState.CURRENT
    assert "departments-done" not in states
    assert "issue-food-permit" not in states


def test_a_refused_case() -> None:
    entries = [entry("checked", "business-licence-check", passed=False, outcome="rejected", end="refused")]
    states = node_states(RESTAURANT, [row("acceptance", TaskState.APPROVED)], entries)
    assert states["business-licence-check"] is NodeState.REJECTED
    assert states["refused"] is NodeState.REJECTED
    assert "departments" not in states
    assert "departments-done" not in states

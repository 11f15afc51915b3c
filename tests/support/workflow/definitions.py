"""Small definitions for tests."""

from collections.abc import Mapping
from typing import Any

from pingshan_workflow.domain.definitions.definition import Definition, canonical, definition_hash, read_definition

TITLE = {"zh": "环节", "en": "Step"}


def task(next_node: str, organisation: str = "amr", **more: Any) -> dict[str, Any]:
    return {"kind": "task", "title": TITLE, "organisation": organisation, "post": "officer", "next": next_node, **more}


def end(outcome: str) -> dict[str, Any]:
    return {"kind": "end", "title": TITLE, "outcome": outcome}


def parallel(*names: str, join: str = "joined") -> dict[str, Any]:
    branches = [{"name": name, "start": name} for name in names]
    return {"kind": "parallel", "title": TITLE, "join": join, "branches": branches}


def join(mode: str, **more: Any) -> dict[str, Any]:
    return {"kind": "join", "title": TITLE, "mode": mode, "next": "granted", "on_fail": "refused", **more}


def document(
    nodes: Mapping[str, Any], start: str = "first", form: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "code": "test",
        "version": 1,
        "matter_code": "11440310TEXT00017P",
        "title": TITLE,
        "lead": "amr",
        "applicant": "organisation",
        "promise": {"days": 7, "from": "acceptance", "basis": "承诺"},
        "guide": [],
        "form": form or [],
        "start": start,
        "nodes": {"granted": end("approved"), "refused": end("rejected"), **nodes},
    }


def definition(nodes: Mapping[str, Any], start: str = "first", form: list[dict[str, Any]] | None = None) -> Definition:
    return read_definition(canonical(document(nodes, start, form)))


def text_and_hash(given: Mapping[str, Any]) -> tuple[str, str]:
    text = canonical(given)
    return text, definition_hash(text)

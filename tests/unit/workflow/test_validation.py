"""Definitions that cannot run are named for what they are."""

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml
from pingshan_workflow.domain.definitions.definition import canonical, read_definition
from pingshan_workflow.domain.definitions.validation import ensure_valid, faults
from pingshan_workflow.domain.errors import DefinitionInvalid
from pingshan_workflow.seed import DEFINITIONS
from pingshan_workflow.usecases.definitions.publish_definition import SCHEMA

from tests.support.workflow.definitions import TITLE, definition, document, join, parallel, task

VALIDATOR = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))


def condition(when: str, then: str, otherwise: str) -> dict[str, Any]:
    return {"kind": "condition", "title": TITLE, "when": when, "then": then, "otherwise": otherwise}


def issue(attributes: dict[str, str], when: str = "true") -> dict[str, Any]:
    return {
        "kind": "issue",
        "title": TITLE,
        "license_type": "food-business-permit",
        "when": when,
        "attributes": attributes,
        "next": "granted",
    }


TWO = {"first": parallel("a", "b"), "a": task("joined"), "b": task("joined", "fire")}
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "unreachable node": (
        {"first": task("granted", on_reject="refused"), "lost": task("granted", on_reject="refused")},
        "lost: cannot be reached",
    ),
    "no such node": ({"first": task("nowhere", on_reject="refused")}, "first: no node nowhere"),
    "cycle": (
        {"first": task("second", on_reject="refused"), "second": task("first", on_reject="refused")},
        "leads back to itself",
    ),
    "join without enough branches": (
        {**TWO, "joined": join("count", needed=3)},
        "joined: can never fire, it needs 3 of 2 branches",
    ),
    "join waits for a branch that is not there": (
        {**TWO, "joined": join("mandatory", mandatory=["c"])},
        "joined: can never fire, there is no branch c",
    ),
    "join without a parallel": (
        {"first": task("joined", on_reject="refused"), "joined": join("all")},
        "joined: can never fire, 0 parallels lead to it",
    ),
    "branch that ends the case": (
        {**TWO, "b": task("joined", "fire", on_reject="refused"), "joined": join("all")},
        "refused: ends the case inside branch b",
    ),
    "branch that is left sideways": (
        {**TWO, "a": task("b"), "joined": join("all")},
        "across the border of a branch",
    ),
    "refusal that leads nowhere": ({"first": task("granted")}, "first: does not say where a refusal leads"),
    "expression that is none": (
        {"first": condition("1 +", "granted", "refused")},
        "first: a value expected",
    ),
    "expression of the wrong type": (
        {"first": condition("1 + 1", "granted", "refused")},
        "first: boolean expected, number found",
    ),
    "expression over an unknown field": (
        {"first": condition("form.area > 1", "granted", "refused")},
        "first: unknown name form.area",
    ),
    "attribute that does not type-check": (
        {"first": issue({"premises": "form.premises"})},
        "first.premises: unknown name form.premises",
    ),
    "outcome of a branch that is not there": (
        {"first": issue({}, when='outcome.drainage == "approved"')},
        "first: unknown name outcome.drainage",
    ),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_definitions(name: str) -> None:
    nodes, expected = BROKEN[name]
    broken = definition(nodes)
    assert any(expected in fault for fault in faults(broken)), faults(broken)
    with pytest.raises(DefinitionInvalid):
        ensure_valid(broken)


def test_two_licences_of_one_type_are_refused() -> None:
    nodes = {"first": issue({}) | {"next": "second"}, "second": issue({})}
    assert "food-business-permit: issued twice in one case" in faults(definition(nodes))


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_we_publish_is_valid(path: Any) -> None:
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not list(VALIDATOR.iter_errors(given))
    assert not faults(read_definition(canonical(given)))
    assert given["code"] == path.stem


@pytest.mark.parametrize(
    "change",
    [
        {"code": "Restaurant"},
        {"nodes": {"only": {"kind": "end", "title": TITLE, "outcome": "approved"}}},
        {"surprise": 1},
        {"version": 0},
        {
            "nodes": {
                "a": {"kind": "unknown", "title": TITLE},
                "b": {"kind": "end", "title": TITLE, "outcome": "approved"},
            }
        },
    ],
)
def test_the_schema_refuses_other_shapes(change: dict[str, Any]) -> None:
    good = document({"first": task("granted", on_reject="refused")})
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid(good | change)


def test_one_meaning_has_one_text() -> None:
    first = document({"first": task("granted", on_reject="refused")})
    other = dict(reversed(list(first.items())))
    assert canonical(first) == canonical(other)

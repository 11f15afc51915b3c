"""Process definitions as data: their forms, their nodes and where each leads.

The canonical JSON text is what is hashed, stored and sent in a case's start; `read_definition` turns it into these
classes. The schema (seed/definition.schema.json) has checked the shape before; `validation.py` checks the meaning.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pingshan_values.text import Text


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    title: Text


@dataclass(frozen=True, slots=True)
class Field:
    """Describes one question of the form; `required_when` is an expression over the form, empty for never."""

    name: str
    type: FieldType
    title: Text
    hint: Text | None = None
    required_when: str = ""
    personal: bool = False
    options: tuple[Option, ...] = ()
    minimum: int = 0
    maximum: int | None = None


class ApplicantKind(StrEnum):
    ORGANISATION = "organisation"
    PERSON = "person"
    ANY = "any"


class LimitStart(StrEnum):
    RECEIPT = "receipt"
    ACCEPTANCE = "acceptance"


@dataclass(frozen=True, slots=True)
class Limit:
    """Limits a step to `days` working days after receipt or acceptance; `basis` cites the rule.

    The English of `basis` is empty in versions that have none.
    """

    days: int
    start: LimitStart
    basis: Text
    silence_approves: bool = False


class JoinKind(StrEnum):
    ALL = "all"
    ANY = "any"
    COUNT = "count"
    MANDATORY = "mandatory"


@dataclass(frozen=True, slots=True)
class TaskNode:
    """Waits for those who hold `post` at `organisation`; with `accepts`, approval accepts the application."""

    id: str
    title: Text
    organisation: str
    post: str
    next: str
    on_reject: str | None = None
    limit: Limit | None = None
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class CheckNode:
    """Passes where the applicant holds a valid licence of `license_type`."""

    id: str
    title: Text
    license_type: str
    next: str
    on_fail: str | None = None


@dataclass(frozen=True, slots=True)
class ConditionNode:
    id: str
    title: Text
    when: str
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Branch:
    name: str
    start: str


@dataclass(frozen=True, slots=True)
class ParallelNode:
    id: str
    title: Text
    branches: tuple[Branch, ...]
    join: str


@dataclass(frozen=True, slots=True)
class JoinNode:
    """Passes when no branch refused (all), one approved (any), `needed` approved, or no `mandatory` one refused.

    Fires as soon as that is certain, except that `all` and `mandatory` wait for every branch before they pass.
    """

    id: str
    title: Text
    kind: JoinKind
    next: str
    on_fail: str | None = None
    needed: int = 0
    mandatory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueNode:
    """Issues a licence where `when` holds; `attributes` has an expression for each attribute of the type."""

    id: str
    title: Text
    license_type: str
    when: str
    attributes: Mapping[str, str]
    next: str


@dataclass(frozen=True, slots=True)
class EndNode:
    id: str
    title: Text
    outcome: str


Node = TaskNode | CheckNode | ConditionNode | ParallelNode | JoinNode | IssueNode | EndNode


@dataclass(frozen=True, slots=True)
class GuideSection:
    """Holds a heading of the guide (办事指南) and its lines."""

    title: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """Names the innermost branch to which a node belongs."""

    parallel: str
    branch: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Describes a process: `matter_code` is the 事项实施编码, `promise` a limit in working days."""

    code: str
    version: int
    matter_code: str
    title: Text
    lead: str
    applicant: ApplicantKind
    promise: Limit
    guide: tuple[GuideSection, ...]
    form: tuple[Field, ...]
    start: str
    nodes: Mapping[str, Node]
    homes: Mapping[str, Home] = field(default_factory=dict)

    def task(self, node: str) -> TaskNode | None:
        found = self.nodes.get(node)
        return found if isinstance(found, TaskNode) else None

    def required_task(self, node: str) -> TaskNode:
        """Returns the task. Raises TypeError where the definition has none of that name."""
        found = self.task(node)
        if found is None:
            raise TypeError(f"{node} is no task of {self.code}")
        return found


def canonical(document: Mapping[str, Any]) -> str:
    """Returns the same text for the same meaning: JSON with sorted keys, without spaces, not escaped."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def definition_hash(text: str) -> str:
    """Returns the SHA-256 of the canonical text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_definition(text: str) -> Definition:
    """Returns the definition of a canonical text, which the schema must have accepted."""
    document = json.loads(text)
    nodes = {name: _node(name, node) for name, node in document["nodes"].items()}
    return Definition(
        code=document["code"],
        version=document["version"],
        matter_code=document["matter_code"],
        title=_text(document["title"]),
        lead=document["lead"],
        applicant=ApplicantKind(document["applicant"]),
        promise=_limit(document["promise"]),
        guide=tuple(GuideSection(_text(part["title"]), tuple(map(_text, part["lines"]))) for part in document["guide"]),
        form=tuple(_field(part) for part in document["form"]),
        start=document["start"],
        nodes=nodes,
        homes=dict(_homes(nodes)),
    )


def successors(node: Node) -> tuple[str, ...]:
    """Returns the nodes to which a node may lead, after a refusal last; a parallel leads to its branches."""
    match node:
        case TaskNode():
            return _present(node.next, node.on_reject)
        case CheckNode() | JoinNode():
            return _present(node.next, node.on_fail)
        case ConditionNode():
            return _present(node.then, node.otherwise)
        case ParallelNode():
            return tuple(branch.start for branch in node.branches)
        case IssueNode():
            return (node.next,)
        case EndNode():
            return ()


def _present(*targets: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target for target in targets if target is not None))


def _homes(nodes: Mapping[str, Node]) -> Iterator[tuple[str, Home]]:
    """Yields inner parallels after outer ones, so that the innermost branch of a node wins."""
    regions = [
        (_region(nodes, branch.start, node.join), Home(node.id, branch.name))
        for node in nodes.values()
        if isinstance(node, ParallelNode)
        for branch in node.branches
    ]
    for region, home in sorted(regions, key=lambda pair: -len(pair[0])):
        for name in sorted(region):
            yield name, home


def _region(nodes: Mapping[str, Node], start: str, join: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name == join or name not in nodes:
            continue
        found.add(name)
        waiting.extend(successors(nodes[name]))
    return found


def _text(document: Mapping[str, str]) -> Text:
    return Text(document["zh"], document["en"])


def _limit(document: Mapping[str, Any]) -> Limit:
    basis = document["basis"]
    return Limit(
        days=document["days"],
        start=LimitStart(document["from"]),
        basis=_text(basis) if isinstance(basis, Mapping) else Text(basis, ""),
        silence_approves=document.get("silence") == "approves",
    )


def _field(document: Mapping[str, Any]) -> Field:
    return Field(
        name=document["name"],
        type=FieldType(document["type"]),
        title=_text(document["title"]),
        hint=_text(document["hint"]) if "hint" in document else None,
        required_when=document.get("required_when", ""),
        personal=document.get("personal", False),
        options=tuple(Option(part["value"], _text(part["title"])) for part in document.get("options", ())),
        minimum=document.get("minimum", 0),
        maximum=document.get("maximum"),
    )


def _node(name: str, document: Mapping[str, Any]) -> Node:
    return _READERS[document["kind"]](name, _text(document["title"]), document)


def _task(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return TaskNode(
        id=name,
        title=title,
        organisation=document["organisation"],
        post=document["post"],
        next=document["next"],
        on_reject=document.get("on_reject"),
        limit=_limit(document["limit"]) if "limit" in document else None,
        accepts=document.get("accepts", False),
    )


def _check(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return CheckNode(name, title, document["license_type"], document["next"], document.get("on_fail"))


def _condition(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return ConditionNode(name, title, document["when"], document["then"], document["otherwise"])


def _parallel(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    branches = tuple(Branch(part["name"], part["start"]) for part in document["branches"])
    return ParallelNode(name, title, branches, document["join"])


def _join(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return JoinNode(
        id=name,
        title=title,
        kind=JoinKind(document["mode"]),
        next=document["next"],
        on_fail=document.get("on_fail"),
        needed=document.get("needed", 0),
        mandatory=tuple(document.get("mandatory", ())),
    )


def _issue(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return IssueNode(
        id=name,
        title=title,
        license_type=document["license_type"],
        when=document.get("when", "true"),
        attributes=document["attributes"],
        next=document["next"],
    )


def _end(name: str, title: Text, document: Mapping[str, Any]) -> Node:
    return EndNode(name, title, document["outcome"])


_READERS = {
    "task": _task,
    "check": _check,
    "condition": _condition,
    "parallel": _parallel,
    "join": _join,
    "issue": _issue,
    "end": _end,
}

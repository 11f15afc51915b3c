"""Checks that a definition can run: nodes are reachable, joins can fire, expressions type-check."""

from collections.abc import Iterator

from pingshan_workflow.domain.definitions import expression, facts
from pingshan_workflow.domain.definitions.definition import (
    ConditionNode,
    Definition,
    EndNode,
    Home,
    IssueNode,
    JoinKind,
    JoinNode,
    ParallelNode,
    TaskNode,
    successors,
)
from pingshan_workflow.domain.errors import DefinitionInvalid


def ensure_valid(definition: Definition) -> None:
    """Raises DefinitionInvalid with every fault found."""
    found = faults(definition)
    if found:
        raise DefinitionInvalid(faults=found)


def faults(definition: Definition) -> list[str]:
    """Returns one sentence for each fault; unknown targets or a cycle are returned alone, as they hinder the rest."""
    unknown = list(_unknown_targets(definition))
    if unknown:
        return unknown
    cycle = _cycle(definition)
    if cycle:
        return [f"{cycle}: leads back to itself"]
    return [
        *_unreachable(definition),
        *_broken_joins(definition),
        *_branch_faults(definition),
        *_refusals(definition),
        *_doubles(definition),
        *_expression_faults(definition),
    ]


def _unknown_targets(definition: Definition) -> Iterator[str]:
    if definition.start not in definition.nodes:
        yield f"start: no node {definition.start}"
    for node in definition.nodes.values():
        for target in successors(node):
            if target not in definition.nodes:
                yield f"{node.id}: no node {target}"
        if isinstance(node, ParallelNode) and not isinstance(definition.nodes.get(node.join), JoinNode):
            yield f"{node.id}: no join {node.join}"


def _cycle(definition: Definition) -> str | None:
    """Returns a node on a cycle, or None.

    Depth first; a node is closed once all behind it is known to be free of cycles.
    """
    closed: set[str] = set()
    for root in definition.nodes:
        path: list[tuple[str, Iterator[str]]] = [(root, iter(successors(definition.nodes[root])))]
        while path:
            name, targets = path[-1]
            target = next((found for found in targets if found not in closed), None)
            if target is None:
                closed.add(name)
                path.pop()
            elif any(target == passed for passed, _ in path):
                return target
            else:
                path.append((target, iter(successors(definition.nodes[target]))))
    return None


def _unreachable(definition: Definition) -> Iterator[str]:
    reached: set[str] = set()
    waiting = [definition.start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(successors(definition.nodes[name]))
    for name in definition.nodes:
        if name not in reached:
            yield f"{name}: cannot be reached"


def _broken_joins(definition: Definition) -> Iterator[str]:
    parallels = [node for node in definition.nodes.values() if isinstance(node, ParallelNode)]
    for join in definition.nodes.values():
        if not isinstance(join, JoinNode):
            continue
        owners = [parallel for parallel in parallels if parallel.join == join.id]
        if len(owners) != 1:
            yield f"{join.id}: can never fire, {len(owners)} parallels lead to it"
            continue
        yield from _join_faults(join, owners[0])


def _join_faults(join: JoinNode, parallel: ParallelNode) -> Iterator[str]:
    branches = {branch.name for branch in parallel.branches}
    if len(branches) != len(parallel.branches):
        yield f"{parallel.id}: two branches of one name"
    if join.kind is JoinKind.COUNT and not 1 <= join.needed <= len(branches):
        yield f"{join.id}: can never fire, it needs {join.needed} of {len(branches)} branches"
    for name in join.mandatory:
        if name not in branches:
            yield f"{join.id}: can never fire, there is no branch {name}"
    if join.kind is JoinKind.MANDATORY and not join.mandatory:
        yield f"{join.id}: names no mandatory branch"


def _branch_faults(definition: Definition) -> Iterator[str]:
    """Yields ways through a branch that miss its own join, and ways into a branch from outside."""
    for node in definition.nodes.values():
        home = definition.homes.get(node.id)
        if home and isinstance(node, EndNode):
            yield f"{node.id}: ends the case inside branch {home.branch}"
        if isinstance(node, ParallelNode):
            yield from _start_faults(definition, node)
            continue
        for target in successors(node):
            if not _may_lead(definition, target, home):
                yield f"{node.id}: leads to {target}, across the border of a branch"


def _start_faults(definition: Definition, node: ParallelNode) -> Iterator[str]:
    for branch in node.branches:
        if branch.start == node.join:
            yield f"{node.id}: branch {branch.name} is empty"
        elif definition.homes.get(branch.start) != Home(node.id, branch.name):
            yield f"{branch.start}: belongs to more than one branch"
    if definition.homes.get(node.join) != definition.homes.get(node.id):
        yield f"{node.join}: does not stand beside {node.id}"


def _may_lead(definition: Definition, target: str, home: Home | None) -> bool:
    parallel = definition.nodes.get(home.parallel) if home else None
    if isinstance(parallel, ParallelNode) and target == parallel.join:
        return True
    return definition.homes.get(target) == home and not isinstance(definition.nodes[target], JoinNode)


def _refusals(definition: Definition) -> Iterator[str]:
    """Yields nodes outside branches that do not say where a refusal leads; inside, a refusal ends the branch."""
    for node in definition.nodes.values():
        target = node.on_reject if isinstance(node, TaskNode) else getattr(node, "on_fail", "")
        if target is None and node.id not in definition.homes:
            yield f"{node.id}: does not say where a refusal leads"


def _doubles(definition: Definition) -> Iterator[str]:
    types = [node.license_type for node in definition.nodes.values() if isinstance(node, IssueNode)]
    for license_type in sorted({code for code in types if types.count(code) > 1}):
        yield f"{license_type}: issued twice in one case"
    if sum(1 for node in definition.nodes.values() if isinstance(node, TaskNode) and node.accepts) > 1:
        yield "more than one task accepts the application"
    branches = [
        branch.name for node in definition.nodes.values() if isinstance(node, ParallelNode) for branch in node.branches
    ]
    for name in sorted({name for name in branches if branches.count(name) > 1}):
        yield f"{name}: two branches of one name"


def _expression_faults(definition: Definition) -> Iterator[str]:
    form = facts.form_names(definition.form)
    for field in definition.form:
        if field.required_when:
            yield from _typed(f"form.{field.name}", field.required_when, form, expression.Type.BOOLEAN)
    known = facts.names(definition)
    for node in definition.nodes.values():
        if isinstance(node, ConditionNode | IssueNode):
            yield from _typed(node.id, node.when, known, expression.Type.BOOLEAN)
        if isinstance(node, IssueNode):
            for name, text in node.attributes.items():
                yield from _typed(f"{node.id}.{name}", text, known, None)


def _typed(where: str, text: str, names: dict[str, expression.Type], wanted: expression.Type | None) -> Iterator[str]:
    try:
        found = expression.check(expression.parse(text), names)
    except expression.ExpressionError as error:
        yield f"{where}: {error}"
        return
    if wanted and found is not wanted:
        yield f"{where}: {wanted} expected, {found} found"

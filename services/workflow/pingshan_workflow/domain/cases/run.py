"""Runs one case through its definition.

The interpreter is pure and deterministic: each act gives one transition. The workflow drives it in Temporal, tests
drive it directly.
"""

from dataclasses import dataclass, field
from datetime import datetime

from pingshan_values.masked import mask_name

from pingshan_workflow.domain.cases.case import (
    NOBODY,
    BranchOutcome,
    CaseFile,
    CaseState,
    Decision,
    IssuedLicense,
    IssueLicense,
    Kind,
    LicenseCheck,
    TaskState,
    Transition,
    Verdict,
    check_reason,
    task_id,
)
from pingshan_workflow.domain.definitions import expression, facts
from pingshan_workflow.domain.definitions.definition import (
    CheckNode,
    ConditionNode,
    Definition,
    EndNode,
    Home,
    IssueNode,
    JoinKind,
    JoinNode,
    ParallelNode,
    TaskNode,
)
from pingshan_workflow.domain.errors import (
    AlreadyDecided,
    CaseClosed,
    NotAssignee,
    TaskNotFound,
    TaskNotOpen,
)


@dataclass(slots=True)
class _Step:
    """Collects what follows from one act."""

    opened: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    checks: list[LicenseCheck] = field(default_factory=list)
    orders: list[IssueLicense] = field(default_factory=list)


class CaseRun:
    def __init__(self, file: CaseFile, definition: Definition) -> None:
        self._file = file
        self._definition = definition
        self.number = 0
        self._tasks: dict[str, TaskState] = {}
        self._deciders: dict[str, str] = {}
        self._so_far: dict[Home, BranchOutcome] = {}
        self._outcomes: dict[Home, BranchOutcome] = {}
        self._waiting: set[str] = set()
        self._fired: set[str] = set()
        self.accepted = False
        self.outcome: CaseState | None = None
        self._end = ""

    @property
    def state(self) -> CaseState:
        return self.outcome or CaseState.OPEN

    def task_state(self, node: str) -> TaskState | None:
        return self._tasks.get(node)

    def submit(self) -> Transition:
        step = _Step()
        self._enter(self._definition.start, step)
        return self._transition(Kind.SUBMITTED, self._file.received_at, step)

    def refuse_decision(self, decision: Decision) -> None:
        """Raises the reason why this decision cannot be taken now, and changes nothing.

        Raises TaskNotFound or CaseClosed for a task that never opened, NotAssignee, AlreadyDecided, TaskNotOpen,
        ReasonRequired.
        """
        task = task_id(self._file.case_id, decision.node)
        node = self._definition.task(decision.node)
        state = self._tasks.get(decision.node)
        if node is None or state is None:
            raise CaseClosed(case_id=self._file.case_id) if self.outcome else TaskNotFound(task_id=task)
        if decision.organisation != node.organisation or node.post not in decision.posts:
            raise NotAssignee(task_id=task, organisation=node.organisation, post=node.post)
        if state.is_decided:
            raise AlreadyDecided(task_id=task, decided_by=self._deciders.get(decision.node, NOBODY))
        if state is TaskState.SKIPPED:
            raise TaskNotOpen(task_id=task)
        check_reason(task, decision.verdict, decision.comment)

    def decide(self, decision: Decision, at: datetime) -> Transition:
        """Takes the decision and returns its transition. Raises what `refuse_decision` raises."""
        self.refuse_decision(decision)
        self._deciders[decision.node] = mask_name(decision.person_name)
        step = _Step()
        accepted = self._settle(decision.node, decision.verdict, step)
        return self._transition(Kind.DECIDED, at, step, node=decision.node, decision=decision, accepted=accepted)

    def deem_accepted(self, node: str, at: datetime) -> Transition | None:
        """Accepts as nobody decided in time (行政许可法 Art. 32). Returns None where the task is not open."""
        if self._tasks.get(node) is not TaskState.OPEN:
            return None
        step = _Step()
        accepted = self._settle(node, Verdict.APPROVE, step)
        return self._transition(Kind.DEEMED_ACCEPTED, at, step, node=node, accepted=accepted)

    def checked(self, node: str, at: datetime, *, passed: bool) -> Transition | None:
        """Moves on by a check's answer. Returns None where it came after the case, or the node's branch, had ended."""
        found = self._definition.nodes[node]
        if node not in self._waiting or not isinstance(found, CheckNode):
            return None
        self._waiting.discard(node)
        step = _Step()
        self._leave(node, found.next if passed else found.on_fail, step, good=passed)
        return self._transition(Kind.CHECKED, at, step, node=node, passed=passed)

    def issued(self, node: str, issued: IssuedLicense, at: datetime) -> Transition:
        found = self._definition.nodes[node]
        step = _Step()
        if isinstance(found, IssueNode) and node in self._waiting:
            self._waiting.discard(node)
            self._leave(node, found.next, step, good=True)
        return self._transition(Kind.ISSUED, at, step, node=node, issued=issued)

    def _settle(self, name: str, verdict: Verdict, step: _Step) -> bool:
        """Closes a task and moves on. Returns True where this accepted the application."""
        node = self._definition.required_task(name)
        approved = verdict is Verdict.APPROVE
        self._tasks[name] = TaskState.APPROVED if approved else TaskState.REJECTED
        accepts = approved and node.accepts
        self.accepted = self.accepted or accepts
        self._leave(name, node.next if approved else node.on_reject, step, good=approved)
        return accepts

    def _leave(self, name: str, target: str | None, step: _Step, *, good: bool) -> None:
        """Moves along `target`; without one the branch ends here, refused."""
        home = self._definition.homes.get(name)
        if home:
            self._so_far[home] = BranchOutcome.APPROVED if good else BranchOutcome.REJECTED
        if target is not None:
            self._go(name, target, step)
        elif home:
            parallel = self._definition.nodes[home.parallel]
            self._arrive(home, parallel.join if isinstance(parallel, ParallelNode) else "", step)

    def _go(self, name: str, target: str, step: _Step) -> None:
        home = self._definition.homes.get(name)
        if home and isinstance(self._definition.nodes[target], JoinNode):
            self._arrive(home, target, step)
        else:
            self._enter(target, step)

    def _enter(self, name: str, step: _Step) -> None:
        node = self._definition.nodes[name]
        match node:
            case TaskNode():
                self._tasks[name] = TaskState.OPEN
                step.opened.append(name)
            case CheckNode():
                self._waiting.add(name)
                step.checks.append(LicenseCheck(self._file.case_id, name, node.license_type, self._file.applicant_code))
            case ConditionNode():
                self._go(name, node.then if self._evaluate(node.when) is True else node.otherwise, step)
            case ParallelNode():
                self._fork(node, step)
            case IssueNode():
                self._order(node, step)
            case EndNode():
                self._close(node, step)
            case JoinNode():
                raise TypeError(f"{name}: a join is reached through its branches")

    def _fork(self, node: ParallelNode, step: _Step) -> None:
        """Makes all branches pending before entering any, so that one that ends at once does not fire the join."""
        homes = [Home(node.id, branch.name) for branch in node.branches]
        self._outcomes.update(dict.fromkeys(homes, BranchOutcome.PENDING))
        self._so_far.update(dict.fromkeys(homes, BranchOutcome.SKIPPED))
        for branch in node.branches:
            if node.join not in self._fired:
                self._enter(branch.start, step)

    def _arrive(self, home: Home, name: str, step: _Step) -> None:
        self._outcomes[home] = self._so_far[home]
        join = self._definition.nodes[name]
        if name in self._fired or not isinstance(join, JoinNode):
            return
        branches = {
            found.branch: outcome for found, outcome in self._outcomes.items() if found.parallel == home.parallel
        }
        passed = join_passes(join, branches)
        if passed is not None:
            self._fired.add(name)
            self._abandon(home.parallel, step)
            self._leave(name, join.next if passed else join.on_fail, step, good=passed)

    def _abandon(self, parallel: str, step: _Step) -> None:
        """Ends what is still open inside a parallel whose join has fired."""
        self._skip([name for name in self._definition.nodes if self._is_inside(name, parallel)], step)
        for home, outcome in self._outcomes.items():
            if home.parallel == parallel and outcome is BranchOutcome.PENDING:
                self._outcomes[home] = BranchOutcome.SKIPPED

    def _is_inside(self, name: str, parallel: str) -> bool:
        home = self._definition.homes.get(name)
        return home is not None and (home.parallel == parallel or self._is_inside(home.parallel, parallel))

    def _skip(self, names: list[str], step: _Step) -> None:
        for name in names:
            self._waiting.discard(name)
            if self._tasks.get(name) is TaskState.OPEN:
                self._tasks[name] = TaskState.SKIPPED
                step.skipped.append(name)

    def _order(self, node: IssueNode, step: _Step) -> None:
        if self._evaluate(node.when) is not True:
            self._go(node.id, node.next, step)
            return
        attributes = {name: facts.as_json(self._evaluate(text)) for name, text in node.attributes.items()}
        self._waiting.add(node.id)
        step.orders.append(
            IssueLicense(
                case_id=self._file.case_id,
                node=node.id,
                license_type=node.license_type,
                holder_name=self._file.applicant_name,
                holder_code=self._file.applicant_code,
                attributes=attributes,
            )
        )

    def _close(self, node: EndNode, step: _Step) -> None:
        self._skip(list(self._definition.nodes), step)
        self.outcome = CaseState(node.outcome)
        self._end = node.id

    def _evaluate(self, text: str) -> expression.Value:
        values: dict[str, expression.Value] = dict.fromkeys(facts.names(self._definition), "")
        values.update(facts.form_values(self._definition.form, self._file.form))
        values["applicant.name"] = self._file.applicant_name
        values["applicant.code"] = self._file.applicant_code
        values.update({f"outcome.{home.branch}": outcome.value for home, outcome in self._outcomes.items()})
        return expression.evaluate(expression.parse(text), values)

    def _transition(
        self,
        kind: Kind,
        at: datetime,
        step: _Step,
        *,
        node: str = "",
        decision: Decision | None = None,
        passed: bool | None = None,
        issued: IssuedLicense | None = None,
        accepted: bool = False,
    ) -> Transition:
        self.number += 1
        return Transition(
            case_id=self._file.case_id,
            number=self.number,
            kind=kind,
            at=at,
            node=node,
            decision=decision,
            passed=passed,
            license=issued,
            accepted=accepted,
            opened=tuple(name for name in step.opened if name not in step.skipped),
            skipped=tuple(name for name in step.skipped if name not in step.opened),
            checks=tuple(check for check in step.checks if check.node in self._waiting),
            orders=tuple(step.orders),
            outcome=self.outcome,
            end=self._end,
        )


def join_passes(join: JoinNode, branches: dict[str, BranchOutcome]) -> bool | None:
    """Returns True or False once that is certain, None while it depends on pending branches."""
    outcomes = list(branches.values())
    approved = outcomes.count(BranchOutcome.APPROVED)
    pending = outcomes.count(BranchOutcome.PENDING)
    rejected = outcomes.count(BranchOutcome.REJECTED)
    match join.kind:
        case JoinKind.ALL:
            failed, passed = rejected > 0, pending == 0
        case JoinKind.ANY:
            failed, passed = pending + approved == 0 and rejected > 0, approved > 0 or pending + rejected == 0
        case JoinKind.COUNT:
            failed, passed = approved + pending < join.needed, approved >= join.needed
        case JoinKind.MANDATORY:
            refused = [name for name in join.mandatory if branches[name] is BranchOutcome.REJECTED]
            failed, passed = bool(refused), pending == 0
    if failed:
        return False
    return True if passed else None

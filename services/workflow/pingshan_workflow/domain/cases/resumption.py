"""Builds a case's run anew from its record, so that an execution can go on where another one was lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pingshan_values.errors import DomainError

from pingshan_workflow.domain.cases.case import CaseFile, IssueLicense, Kind, LicenseCheck, Transition
from pingshan_workflow.domain.cases.run import CaseRun
from pingshan_workflow.domain.errors import NotResumable


@dataclass(frozen=True, slots=True)
class Resumed:
    """Holds what was filed, all transitions on record, and when silence accepts open tasks (UTC)."""

    file: CaseFile
    transitions: tuple[Transition, ...]
    silence_at: Mapping[str, datetime] = field(default_factory=dict)


def repeat(run: CaseRun, recorded: Transition) -> Transition:
    """Returns the whole transition that the recorded act makes again. Raises NotResumable where it makes another one.

    Of `recorded` only what came from outside is read: kind, node, time, decision, answer and licence.
    """
    try:
        made = _made(run, recorded)
    except DomainError as error:
        raise NotResumable(case_id=recorded.case_id) from error
    if made is None or made.number != recorded.number:
        raise NotResumable(case_id=recorded.case_id)
    return made


def _made(run: CaseRun, recorded: Transition) -> Transition | None:
    match recorded.kind:
        case Kind.SUBMITTED:
            return run.submit()
        case Kind.DECIDED if recorded.decision:
            return run.decide(recorded.decision, recorded.at)
        case Kind.DEEMED_ACCEPTED:
            return run.deem_accepted(recorded.node, recorded.at)
        case Kind.CHECKED:
            return run.checked(recorded.node, recorded.at, passed=bool(recorded.passed))
        case Kind.ISSUED if recorded.license:
            return run.issued(recorded.node, recorded.license, recorded.at)
        case _:
            return None


def unanswered(transitions: Sequence[Transition]) -> tuple[list[LicenseCheck], list[IssueLicense]]:
    """Returns checks and orders that follow from the transitions and that none of them answers."""
    checked = {each.node for each in transitions if each.kind is Kind.CHECKED}
    issued = {each.node for each in transitions if each.kind is Kind.ISSUED}
    checks = [check for each in transitions for check in each.checks if check.node not in checked]
    orders = [order for each in transitions for order in each.orders if order.node not in issued]
    return checks, orders

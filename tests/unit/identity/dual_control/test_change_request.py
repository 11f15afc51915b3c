"""Dual control: two administrators of different kinds, and never one person twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR
from pingshan_identity.domain.dual_control.change_request import (
    LIFE,
    ChangeKind,
    ChangeRequest,
    Decision,
    decider,
    proposer,
)
from pingshan_identity.domain.errors import AdministratorRequired, ChangeNotFound, ChangeOwn, ReasonRequired
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
CHANGE = ChangeRequest(
    change_id="c",
    kind=ChangeKind.ROTATE_SECRET,
    subject="client:amr-system",
    details={"client_id": "amr-system"},
    reason="人员变动",
    requested_by="one",
    requested_at=NOW,
    expires_at=NOW + LIFE,
    decided_by=None,
    decided_at=None,
    decision=None,
    decision_reason=None,
    has_outcome=False,
)


def administrator(person_id: str, *roles: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id=person_id, roles=frozenset(roles))


PROPOSER = administrator("one", SYSTEM_ADMINISTRATOR)
DECIDER = administrator("two", SECURITY_ADMINISTRATOR)
COLLEAGUE = administrator("three", SYSTEM_ADMINISTRATOR)
BOTH = administrator("one", SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)


@pytest.mark.parametrize("kind", ChangeKind)
def test_two_kinds_of_administrators_take_part(kind: ChangeKind) -> None:
    assert {proposer(kind), decider(kind)} == {SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR}


@pytest.mark.parametrize(
    ("actor", "decision", "refusal"),
    [
        (DECIDER, Decision.APPROVED, None),
        (DECIDER, Decision.REFUSED, None),
        (PROPOSER, Decision.WITHDRAWN, None),
        (PROPOSER, Decision.APPROVED, ChangeOwn),
        (PROPOSER, Decision.REFUSED, ChangeOwn),
        (BOTH, Decision.APPROVED, ChangeOwn),
        (COLLEAGUE, Decision.APPROVED, AdministratorRequired),
        (COLLEAGUE, Decision.WITHDRAWN, ChangeNotFound),
        (DECIDER, Decision.WITHDRAWN, ChangeNotFound),
        (ANONYMOUS, Decision.APPROVED, AdministratorRequired),
        (ANONYMOUS, Decision.WITHDRAWN, ChangeNotFound),
    ],
)
def test_nobody_decides_their_own_change(actor: Actor, decision: Decision, refusal: type[Exception] | None) -> None:
    assert CHANGE.allows(actor, decision, NOW) is (refusal is None)
    if refusal is not None:
        with pytest.raises(refusal):
            CHANGE.check_decision(actor, decision, NOW)


@pytest.mark.parametrize("decision", Decision)
def test_what_is_decided_or_has_lapsed_stays(decision: Decision) -> None:
    actor = PROPOSER if decision is Decision.WITHDRAWN else DECIDER
    with pytest.raises(ChangeNotFound):
        replace(CHANGE, decided_at=NOW).check_decision(actor, decision, NOW)
    CHANGE.check_decision(actor, decision, NOW)
    with pytest.raises(ChangeNotFound):
        CHANGE.check_decision(actor, decision, NOW + LIFE)


def test_a_refusal_says_why() -> None:
    assert Decision.APPROVED.check_reason("  ") == ""
    assert Decision.REFUSED.check_reason(" 材料不全 ") == "材料不全"
    with pytest.raises(ReasonRequired):
        Decision.REFUSED.check_reason("  ")


def test_the_secret_is_for_who_proposed_the_change() -> None:
    made = replace(CHANGE, has_outcome=True)
    made.check_may_take_outcome(PROPOSER)
    with pytest.raises(ChangeNotFound):
        made.check_may_take_outcome(COLLEAGUE)
    with pytest.raises(ChangeNotFound):
        CHANGE.check_may_take_outcome(PROPOSER)
    with pytest.raises(AdministratorRequired):
        made.check_may_take_outcome(administrator("one"))

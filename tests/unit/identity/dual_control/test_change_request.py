"""Dual control: two administrators of different kinds, and never one person twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR
from pingshan_identity.domain.dual_control.change_request import (
    LIFE,
    ChangeKind,
    ChangeRequest,
    Decision,
    Hand,
    check_proposer,
    deciders,
    depends_on_client,
    proposers,
    refuse_open,
)
from pingshan_identity.domain.errors import (
    AdministratorRequired,
    ChangeForOneself,
    ChangeNotFound,
    ChangeOpen,
    ChangeOwn,
    ProposerDismissed,
    ReasonRequired,
)
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
    outcomes=frozenset(),
)


def administrator(person_id: str, *roles: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id=person_id, roles=frozenset(roles))


PROPOSER = administrator("one", SYSTEM_ADMINISTRATOR)
DECIDER = administrator("two", SECURITY_ADMINISTRATOR)
COLLEAGUE = administrator("three", SYSTEM_ADMINISTRATOR)
BOTH = administrator("one", SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)


@pytest.mark.parametrize("kind", [each for each in ChangeKind if each is not ChangeKind.RECORD_DEPARTURE])
def test_two_kinds_of_administrators_take_part(kind: ChangeKind) -> None:
    [one], [other] = proposers(kind), deciders(kind)
    assert {one, other} == {SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR}


def test_a_departure_is_decided_by_any_kind_but_the_proposers() -> None:
    departure = replace(CHANGE, kind=ChangeKind.RECORD_DEPARTURE, details={"person_id": "gone"})
    for role in (SECURITY_ADMINISTRATOR, AUDITOR):
        departure.check_decision(administrator("two", role), Decision.APPROVED, NOW)
        departure.check_approval({SYSTEM_ADMINISTRATOR}, {role})
    with pytest.raises(AdministratorRequired):
        departure.check_approval({SYSTEM_ADMINISTRATOR}, {SYSTEM_ADMINISTRATOR})
    with pytest.raises(AdministratorRequired):
        check_proposer(ChangeKind.RECORD_DEPARTURE, {"person_id": "gone"}, administrator("one", AUDITOR))


@pytest.mark.parametrize("name", ["person_id", "deputy_id"])
def test_nobody_decides_what_is_about_themselves(name: str) -> None:
    about = replace(CHANGE, details={"person_id": "three", name: "two"})
    for decision in (Decision.APPROVED, Decision.REFUSED):
        with pytest.raises(ChangeForOneself):
            about.check_decision(DECIDER, decision, NOW)
        assert not about.allows(DECIDER, decision, NOW)


@pytest.mark.parametrize("kind", ChangeKind)
def test_nobody_asks_for_power_for_themselves(kind: ChangeKind) -> None:
    one = administrator("one", *proposers(kind))
    check_proposer(kind, {"person_id": "two", "deputy_id": "three"}, one)
    own = {"person_id": "two", "deputy_id": "one"} if kind is ChangeKind.APPOINT_DEPUTY else {"person_id": "one"}
    gives = {
        ChangeKind.GIVE_POWER,
        ChangeKind.MOVE_PERSON,
        ChangeKind.CANCEL_LEAVING,
        ChangeKind.CANCEL_MOVE,
        ChangeKind.RESET_PASSWORD,
        ChangeKind.RESET_FACTORS,
    }
    if kind in gives | {ChangeKind.APPOINT_DEPUTY}:
        with pytest.raises(ChangeForOneself):
            check_proposer(kind, own, one)
    else:
        check_proposer(kind, own, one)


def test_an_approval_counts_while_both_are_in_office() -> None:
    CHANGE.check_approval({SYSTEM_ADMINISTRATOR}, {SECURITY_ADMINISTRATOR})
    with pytest.raises(ProposerDismissed):
        CHANGE.check_approval({"operator"}, {SECURITY_ADMINISTRATOR})
    with pytest.raises(AdministratorRequired):
        CHANGE.check_approval({SYSTEM_ADMINISTRATOR}, set())


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


def test_a_secret_is_for_the_one_whom_it_was_made_for() -> None:
    made = replace(CHANGE, outcomes=frozenset({Hand.PROPOSER}), decided_by="two")
    assert made.check_may_take_outcome(PROPOSER) is Hand.PROPOSER
    for stranger in (COLLEAGUE, DECIDER):
        with pytest.raises(ChangeNotFound):
            made.check_may_take_outcome(stranger)
        assert made.outcome_for(stranger) is None
    with pytest.raises(ChangeNotFound):
        CHANGE.check_may_take_outcome(PROPOSER)
    with pytest.raises(AdministratorRequired):
        made.check_may_take_outcome(administrator("one"))
    of_the_decider = replace(made, outcomes=frozenset({Hand.DECIDER}))
    assert of_the_decider.check_may_take_outcome(DECIDER) is Hand.DECIDER
    assert of_the_decider.outcome_for(PROPOSER) is None
    with pytest.raises(AdministratorRequired):
        of_the_decider.check_may_take_outcome(administrator("two", SYSTEM_ADMINISTRATOR))


def test_an_act_that_waits_is_not_proposed_again() -> None:
    waiting = replace(CHANGE, kind=ChangeKind.GIVE_POWER, subject="person:p", details={"post": "auditor"})
    with pytest.raises(ChangeOpen) as refused:
        refuse_open([CHANGE, waiting], ChangeKind.GIVE_POWER, "person:p", {"post": "auditor", "since": "2026-12-01"})
    assert refused.value.params["change_id"] == "c"
    for kind, subject, post in (
        (ChangeKind.END_POWER, "person:p", "auditor"),
        (ChangeKind.GIVE_POWER, "person:q", "auditor"),
        (ChangeKind.GIVE_POWER, "person:p", "operator"),
    ):
        refuse_open([CHANGE, waiting], kind, subject, {"post": post})


def test_what_is_taken_from_a_client_is_taken_whatever_it_has_become() -> None:
    for kind in (ChangeKind.DISABLE_CLIENT, ChangeKind.END_SESSIONS):
        assert not depends_on_client(kind)
    for kind in (ChangeKind.CHANGE_CLIENT, ChangeKind.ENABLE_CLIENT, ChangeKind.ROTATE_SECRET, ChangeKind.GIVE_POWER):
        assert depends_on_client(kind)


@pytest.mark.parametrize(
    ("kind", "details", "made"),
    [
        (ChangeKind.ROTATE_SECRET, {}, True),
        (ChangeKind.OPEN_REGISTRATION, {}, True),
        (ChangeKind.REGISTER_CLIENT, {}, True),
        (ChangeKind.REGISTER_CLIENT, {"auth_method": "client_secret_post"}, True),
        (ChangeKind.REGISTER_CLIENT, {"auth_method": "private_key_jwt"}, False),
        (ChangeKind.CHANGE_CLIENT, {"auth_method": "client_secret_post"}, False),
        (
            ChangeKind.CHANGE_CLIENT,
            {"auth_method": "client_secret_post", "before": {"auth_method": "private_key_jwt"}},
            True,
        ),
        (
            ChangeKind.CHANGE_CLIENT,
            {"auth_method": "client_secret_post", "before": {"auth_method": "client_secret_basic"}},
            False,
        ),
        (ChangeKind.RESET_PASSWORD, {}, False),
    ],
)
def test_a_secret_is_gone_once_it_was_shown(kind: ChangeKind, details: dict[str, object], made: bool) -> None:
    shown = replace(CHANGE, kind=kind, details=details, decision=Decision.APPROVED, decided_by="two")
    assert shown.secret_is_gone is made
    assert not replace(shown, outcomes=frozenset({Hand.PROPOSER})).secret_is_gone
    assert not replace(shown, decision=Decision.REFUSED).secret_is_gone

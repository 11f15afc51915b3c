"""Neither of two administrators alone can sign in as the person whose ways in they renew."""

from itertools import product

import pytest
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.dual_control.new_ways_in import NewWaysIn, new_ways_in

STATES = list(product((False, True), repeat=3))


@pytest.mark.parametrize(("has_factor", "password_is_own", "has_power"), STATES)
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_neither_hand_has_both_proofs(
    kind: ChangeKind, has_factor: bool, password_is_own: bool, has_power: bool
) -> None:
    new = new_ways_in(kind, has_factor=has_factor, password_is_own=password_is_own, has_power=has_power)
    keeps_factor = has_factor and not new.factors
    if new.password:
        assert keeps_factor or new.code, "the proposer, who has the password, lacks a factor"
    if new.code:
        assert new.password or password_is_own, "the decider, who has the code, lacks the password"
    if kind is ChangeKind.GIVE_POWER and not has_power:
        assert new.password, "what one alone knew before is worth nothing"
    if new.factors:
        assert new.code


def test_what_nobody_asked_for_stays() -> None:
    as_usual = {"has_factor": True, "password_is_own": True, "has_power": False}
    assert new_ways_in(ChangeKind.RESET_PASSWORD, **as_usual) == NewWaysIn(password=True, code=False, factors=False)
    assert new_ways_in(ChangeKind.RESET_FACTORS, **as_usual) == NewWaysIn(password=False, code=True, factors=True)
    assert new_ways_in(ChangeKind.GIVE_POWER, **as_usual) == NewWaysIn(password=True, code=True, factors=True)
    nothing = NewWaysIn(password=False, code=False, factors=False)
    assert new_ways_in(ChangeKind.GIVE_POWER, **as_usual | {"has_power": True}) == nothing
    assert new_ways_in(ChangeKind.END_POWER, **as_usual) == nothing

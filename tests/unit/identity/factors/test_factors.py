"""What a person can prove a second time with: whether it reaches a level, and what must be left."""

import pytest
from pingshan_identity.domain.errors import FactorsOutOfReach, LastFactor, NoSuchFactor, SignInAttemptExpired
from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.domain.realm import Realm

NOTHING = Factors(totp=False, recovery_codes=0, passkeys=0, hardware_passkeys=0)
TOTP = Factors(totp=True, recovery_codes=10, passkeys=0, hardware_passkeys=0)
SYNCED = Factors(totp=False, recovery_codes=0, passkeys=1, hardware_passkeys=0)
BOUND = Factors(totp=False, recovery_codes=0, passkeys=1, hardware_passkeys=1)


@pytest.mark.parametrize(
    ("factors", "level", "set_up", "out_of_reach"),
    [
        (NOTHING, 1, False, False),
        (NOTHING, 2, True, False),
        (NOTHING, 3, False, True),
        (TOTP, 2, False, False),
        (TOTP, 3, False, True),
        (SYNCED, 2, False, False),
        (SYNCED, 3, False, True),
        (BOUND, 3, False, False),
    ],
)
def test_levels(factors: Factors, level: int, set_up: bool, out_of_reach: bool) -> None:
    assert factors.must_be_set_up(level) is set_up
    assert factors.are_out_of_reach(level) is out_of_reach


def test_a_sign_in_sets_up_a_factor_only_where_its_level_needs_one_and_there_is_none() -> None:
    NOTHING.require_must_be_set_up(2)
    for factors, level in ((TOTP, 2), (SYNCED, 2), (BOUND, 2), (NOTHING, 1), (NOTHING, 3)):
        with pytest.raises(SignInAttemptExpired):
            factors.require_must_be_set_up(level)


def test_recovery_codes_stand_in_for_an_authenticator() -> None:
    TOTP.require_totp()
    with pytest.raises(NoSuchFactor):
        SYNCED.require_totp()
    assert TOTP.without_totp() == NOTHING


def test_staff_keep_one_factor() -> None:
    for left in (TOTP, SYNCED, BOUND):
        left.require_enough(Realm.STAFF)
    NOTHING.require_enough(Realm.PUBLIC)
    with pytest.raises(LastFactor):
        NOTHING.require_enough(Realm.STAFF)


@pytest.mark.parametrize(
    ("factors", "level"),
    [
        (Factors(totp=False, recovery_codes=0, passkeys=0, hardware_passkeys=0), 1),
        (Factors(totp=True, recovery_codes=0, passkeys=0, hardware_passkeys=0), 2),
        (Factors(totp=False, recovery_codes=0, passkeys=1, hardware_passkeys=0), 2),
        (Factors(totp=True, recovery_codes=0, passkeys=2, hardware_passkeys=1), 3),
    ],
)
def test_factors_are_changed_at_the_highest_level_that_they_reach(factors: Factors, level: int) -> None:
    assert factors.level_to_change(Realm.STAFF) == level
    assert factors.level_to_change(Realm.PUBLIC) == 1
    factors.require_level_to_change(Realm.STAFF, level)
    with pytest.raises(FactorsOutOfReach) as refused:
        factors.require_level_to_change(Realm.STAFF, level - 1)
    assert refused.value.params["level"] == level

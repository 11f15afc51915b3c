from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SignInThrottled
from pingshan_identity.domain.sign_in.throttle import (
    FORGOTTEN_AFTER,
    FREE_ATTEMPTS,
    LONGEST,
    Throttle,
    after_attempt,
    delay_after,
    require_admitted,
)

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def test_honest_mistakes_cost_nothing() -> None:
    assert [delay_after(attempts) for attempts in range(FREE_ATTEMPTS)] == [timedelta(0)] * FREE_ATTEMPTS


def test_the_wait_doubles_and_never_becomes_a_lock() -> None:
    seconds = [delay_after(attempts).total_seconds() for attempts in range(FREE_ATTEMPTS, FREE_ATTEMPTS + 12)]
    assert seconds == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert delay_after(10**9) == LONGEST


def test_an_attempt_that_is_not_admitted_changes_nothing() -> None:
    blocked = Throttle(FREE_ATTEMPTS, NOW + timedelta(seconds=1), NOW)
    assert after_attempt(blocked, NOW) is blocked
    assert after_attempt(blocked, NOW + timedelta(seconds=1)).attempts == FREE_ATTEMPTS + 1


@pytest.mark.parametrize(
    ("since", "attempts"), [(FORGOTTEN_AFTER, 4), (FORGOTTEN_AFTER + timedelta(microseconds=1), 1)]
)
def test_the_count_starts_again_after_an_hour(since: timedelta, attempts: int) -> None:
    assert after_attempt(Throttle(3, NOW, NOW), NOW + since) == Throttle(attempts, NOW + since, NOW + since)


def test_who_waits_is_told_how_long() -> None:
    require_admitted(None, NOW)
    with pytest.raises(SignInThrottled) as refused:
        require_admitted(NOW + timedelta(seconds=3.5), NOW)
    assert refused.value.params["retry_after"] == 4

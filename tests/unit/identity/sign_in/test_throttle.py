from datetime import timedelta

from pingshan_identity.domain.sign_in.throttle import FREE_ATTEMPTS, LONGEST, delay_after


def test_honest_mistakes_cost_nothing() -> None:
    assert [delay_after(attempts) for attempts in range(FREE_ATTEMPTS)] == [timedelta(0)] * FREE_ATTEMPTS


def test_the_wait_doubles_and_never_becomes_a_lock() -> None:
    seconds = [delay_after(attempts).total_seconds() for attempts in range(FREE_ATTEMPTS, FREE_ATTEMPTS + 12)]
    assert seconds == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert delay_after(10**9) == LONGEST

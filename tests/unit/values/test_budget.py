from datetime import UTC, datetime, timedelta

from pingshan_values.budget import Budget

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
SIXTY = Budget(60, timedelta(minutes=10))


def spent(budget: Budget, times: int, at: datetime, free_at: datetime | None = None) -> tuple[int, datetime | None]:
    done = 0
    for _ in range(times):
        after = budget.after(free_at, at)
        if after is None:
            break
        done, free_at = done + 1, after
    return done, free_at


def test_all_of_it_may_be_spent_at_once_and_no_more() -> None:
    assert spent(SIXTY, 100, NOW)[0] == 60


def test_one_comes_back_after_the_other() -> None:
    _, free_at = spent(SIXTY, 100, NOW)
    assert free_at == NOW + timedelta(seconds=10)
    assert spent(SIXTY, 100, NOW + timedelta(seconds=9.9), free_at)[0] == 0
    assert spent(SIXTY, 100, NOW + timedelta(seconds=10), free_at)[0] == 1
    assert spent(SIXTY, 100, NOW + timedelta(seconds=35), free_at)[0] == 3


def test_it_is_whole_again_after_its_time_and_never_more() -> None:
    _, free_at = spent(SIXTY, 100, NOW)
    assert spent(SIXTY, 100, NOW + timedelta(minutes=10), free_at)[0] == 60
    assert spent(SIXTY, 100, NOW + timedelta(days=10), free_at)[0] == 60

"""A copy of a sibling's list: how old it may be, and what happens while the sibling is away."""

import asyncio
from types import SimpleNamespace

import grpc
import pytest
from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc import Directory, RemoteError, directory

MAX_AGE = 600.0


class Sibling:
    """Tells a list that counts how often it was asked; `failure` is raised instead, `hold` keeps it waiting."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None
        self.hold = asyncio.Event()
        self.hold.set()

    async def tell(self) -> tuple[int, ...]:
        self.asked += 1
        await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        return (self.asked,)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its one number is the time."""
    now = [1000.0]
    monkeypatch.setattr(directory, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def sibling() -> Sibling:
    return Sibling()


@pytest.fixture
def organisations(sibling: Sibling, clock: list[float]) -> Directory[tuple[int, ...]]:
    return Directory("organisations", sibling.tell, (), max_age=MAX_AGE)


async def test_asked_once_while_the_copy_is_fresh(
    organisations: Directory[tuple[int, ...]], sibling: Sibling, clock: list[float]
) -> None:
    assert await organisations.read() == (1,)
    clock[0] += MAX_AGE
    assert await organisations.read() == (1,)
    assert sibling.asked == 1
    clock[0] += 1
    assert await organisations.read() == (2,)


@pytest.mark.parametrize("failure", [Unavailable(), RemoteError("", grpc.StatusCode.INTERNAL, {})])
async def test_the_last_copy_serves_on_however_old(
    organisations: Directory[tuple[int, ...]], sibling: Sibling, clock: list[float], failure: Exception
) -> None:
    await organisations.read()
    sibling.failure = failure
    clock[0] += MAX_AGE + 1
    assert await organisations.read() == (1,)
    assert sibling.asked == 2


async def test_who_was_never_told_reads_what_stands_in(
    organisations: Directory[tuple[int, ...]], sibling: Sibling
) -> None:
    sibling.failure = Unavailable()
    assert await organisations.read() == ()


async def test_a_sibling_that_is_away_is_left_alone_for_a_while(
    organisations: Directory[tuple[int, ...]], sibling: Sibling, clock: list[float]
) -> None:
    sibling.failure = Unavailable()
    await organisations.read()
    clock[0] += directory.PAUSE
    await organisations.read()
    assert sibling.asked == 1
    sibling.failure = None
    clock[0] += 1
    assert await organisations.read() == (2,)


async def test_one_refresh_serves_all_who_wait_for_the_first_copy(
    organisations: Directory[tuple[int, ...]], sibling: Sibling
) -> None:
    sibling.hold.clear()
    readers = [asyncio.create_task(organisations.read()) for _ in range(5)]
    await asyncio.sleep(0)
    sibling.hold.set()
    assert await asyncio.gather(*readers) == [(1,)] * 5
    assert sibling.asked == 1


async def test_nobody_waits_for_a_refresh_where_there_is_a_copy(
    organisations: Directory[tuple[int, ...]], sibling: Sibling, clock: list[float]
) -> None:
    await organisations.read()
    clock[0] += MAX_AGE + 1
    sibling.hold.clear()
    refreshing = asyncio.create_task(organisations.read())
    await asyncio.sleep(0)
    assert await asyncio.wait_for(organisations.read(), 1) == (1,)
    sibling.hold.set()
    assert await refreshing == (2,)
    assert sibling.asked == 2


async def test_a_reader_who_gives_up_leaves_the_refresh_to_the_next(
    organisations: Directory[tuple[int, ...]], sibling: Sibling
) -> None:
    sibling.hold.clear()
    impatient, patient = (asyncio.create_task(organisations.read()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    sibling.hold.set()
    assert await patient == (2,)


async def test_an_error_of_our_own_is_not_hidden(organisations: Directory[tuple[int, ...]], sibling: Sibling) -> None:
    sibling.failure = KeyError("ours")
    with pytest.raises(KeyError):
        await organisations.read()

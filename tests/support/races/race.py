"""Two callers who want the same row at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pingshan_kit.storage.database import Database

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Form

Caller = Callable[[], Awaitable[int]]
"""Acts, and returns the HTTP status of the answer; 200 for an act that has none."""
DONE = 200


@dataclass(frozen=True)
class Race:
    callers: tuple[Caller, Caller]
    standing: str
    """Query that counts what stands under the key afterwards: one."""
    after: str = ""
    """Statement that takes away what no page could show."""


Begin = Callable[[Attacked], Awaitable[Race]]

OF_ITS_OWN = "the service makes the key itself, of 122 random bits or more: no two callers have the same"
WITH_ANOTHER = "its row is added with one whose key is raced for, in the same transaction"
ONE_WRITER = "one process adds rows, which holds an advisory lock: the relay, the sealer, a migration"
SEEDED = "the seed adds its rows, one command of an operator, by an upsert"


def form(sent: Form) -> Caller:
    async def send() -> int:
        return (await sent.send()).status_code

    return send


def statement(database: Database, act: Callable[..., Awaitable[object]], /, **given: Any) -> Caller:
    """A transaction of its own, as an act's use case opens one; it stays open a little, so that the other meets it."""

    async def run() -> int:
        async with database.begin() as tx:
            await act(tx, **given)
            await asyncio.sleep(0.05)
        return DONE

    return run


async def outcome(attacked: Attacked, begin: Begin) -> str:
    """Returns what is wrong with the race's end; empty where one won, and the other was refused or got the same."""
    race = await begin(attacked)
    statuses = sorted(await asyncio.gather(*(caller() for caller in race.callers)))
    [[standing]] = await attacked.rows(race.standing)
    if race.after:
        await attacked.rows(race.after)
    won = [status for status in statuses if status in {200, 201, 303}]
    if not won or statuses[-1] >= 500 or standing != 1:
        return f"answers {statuses}, {standing} stand"
    return ""

"""The transparency log, what it costs and how fast it is sequenced: `pytest -s tests/load/e-license/bench_log.py`.

The share is what an issue's entry and its place in a status list cost alone, in a transaction of their own, beside the
whole issue. The sequencer stands beside a bare insert of as many rows of the size of its leaves and nodes.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from uuid import UUID, uuid4

import asyncpg
from pingshan_e_license.domain.transparency.log_entry import EntryKind, NewEntry
from pingshan_e_license.store.transparency import log_entries, status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.transparency.get_inclusion_proof import get_inclusion_proof
from pingshan_e_license.usecases.transparency.sequence_entries import BATCH, sequence_entries

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.load.figures import Figures
from tests.support.platform import TestPlatform

ACTS, AT_ONCE, ROUNDS = 200, 10, 5
ENTRIES = 10_000
FEW, MANY = 1_000, 100_000
CONTENT = {"license_id": str(uuid4()), "identifier": "1.2.156.3005.2" + "X" * 60, "standing": "valid", "revision": 1}
Act = Callable[[int], Awaitable[None]]


class _Undone(Exception):
    """Ends a transaction whose rows would be in the way of the next round."""


async def _seconds(act: Act) -> float:
    """Seconds of an act, so many in flight."""

    async def worker(first: int) -> None:
        for number in range(first, ACTS, AT_ONCE):
            await act(number)

    begun = time.perf_counter()
    await asyncio.gather(*(worker(first) for first in range(AT_ONCE)))
    return (time.perf_counter() - begun) / ACTS


async def _append(given: Dependencies, count: int) -> list[UUID]:
    entries = [NewEntry(EntryKind.LICENSE_USED, "bench", CONTENT)] * count
    async with given.database.begin() as tx:
        return await log_entries.append_all(tx, given.personal, entries)


async def _drain(given: Dependencies) -> int:
    done = 0
    while found := await sequence_entries(given):
        done += found
    return done


async def test_the_share_of_an_issue(running: RunningService, figures: Figures) -> None:
    given, amr, rounds = running.given, issuer_of("amr"), iter(range(1_000))

    async def issue(prefix: str, number: int) -> None:
        await issue_license(given, amr, issue_permit(f"{prefix}N{number}"))

    async def leave_traces(_: int) -> None:
        with suppress(_Undone):
            async with given.database.begin() as tx:
                await status_lists.take_places(tx, "food-business-permit", [uuid4()])
                await log_entries.append(
                    tx, given.personal, kind=EntryKind.LICENSE_ISSUED, subject="b", content=CONTENT
                )
                raise _Undone

    async def nothing(_: int) -> None:
        with suppress(_Undone):
            async with given.database.begin() as tx:
                await tx.exec_driver_sql("SELECT 1")
                raise _Undone

    shares = []
    for _ in range(ROUNDS + 1):
        prefix = f"B{next(rounds)}"
        whole = await _seconds(partial(issue, prefix))
        traces, empty = await _seconds(leave_traces), await _seconds(nothing)
        shares.append((traces - empty) / whole)
        print(f"\nissue {whole * 1e3:.2f} ms, log and status list {(traces - empty) * 1e3:.2f} ms of it", end="")
    figures.add("e-license: log entry and status place, share of an issue", *shares[1:], at_most=0.35)


async def test_sequencer(running: RunningService, platform: TestPlatform, figures: Figures) -> None:
    given = running.given
    await _drain(given)
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    await connection.execute("CREATE TABLE bare (number bigint PRIMARY KEY, other uuid UNIQUE, hash bytea NOT NULL)")
    rates, ratios, position = [], [], 0
    for _ in range(ROUNDS):
        await _append(given, ENTRIES)
        begun = time.perf_counter()
        assert await _drain(given) == ENTRIES
        sequenced = ENTRIES / (time.perf_counter() - begun)
        begun = time.perf_counter()
        for _ in range(2 * ENTRIES // BATCH):
            rows = [(position + n, uuid4(), secrets.token_bytes(32)) for n in range(BATCH)]
            insert = "INSERT INTO bare SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])"
            await connection.execute(insert, *(list(column) for column in zip(*rows, strict=True)))
            position += BATCH
        bare = ENTRIES / (time.perf_counter() - begun)
        print(f"\nsequencer {sequenced:,.0f} entries/s, bare insert of its rows {bare:,.0f}/s", end="")
        rates.append(sequenced)
        ratios.append(sequenced / bare)
    await connection.close()
    figures.add("e-license: sequencer of the log", *rates, unit="entries/s")
    figures.add(
        "e-license: sequencer of the log ÷ its rows", *ratios, peer="a bare insert of as many rows", at_least=0.3
    )


async def test_append(running: RunningService, figures: Figures) -> None:
    given = running.given

    async def one(_: int) -> None:
        await _append(given, 1)

    alone = [1 / await _seconds(one) for _ in range(ROUNDS)]
    many = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await _append(given, 1_000)
        many.append(1_000 / (time.perf_counter() - begun))
    print(
        f"\nappend: one in each of {AT_ONCE} transactions at once {alone[-1]:,.0f}/s, 1,000 in one {many[-1]:,.0f}/s",
        end="",
    )
    figures.add(f"e-license: log entries, one in each of {AT_ONCE} transactions at once", *alone, unit="entries/s")
    figures.add("e-license: log entries, 1,000 in one transaction", *many, unit="entries/s")


async def test_proofs_of_a_large_log(running: RunningService, figures: Figures) -> None:
    """A proof costs as much in a log of 100,000 entries as in one of 1,000, but for a few hashes more."""
    given = running.given
    rates = []
    size = 0
    for wanted in (FEW, MANY):
        ids: list[UUID] = []
        while size < wanted:
            ids += await _append(given, 1_000)
            size += 1_000
        await _drain(given)
        await asyncio.sleep(2)  # until a checkpoint is due
        await _drain(given)

        async def prove(number: int, ids: list[UUID] = ids) -> None:
            await get_inclusion_proof(given, entry_id=ids[number * 4])

        await _seconds(prove)
        rates.append([1 / await _seconds(prove) for _ in range(ROUNDS)])
    print(f"\nproofs: {rates[0][-1]:,.0f}/s among {FEW:,}, {rates[1][-1]:,.0f}/s among {MANY:,}", end="")
    few = sum(rates[0]) / ROUNDS
    ratios = [each / few for each in rates[1]]
    figures.add(f"e-license: inclusion proofs among {MANY:,} entries", *ratios, peer=f"among {FEW:,}", at_least=0.7)

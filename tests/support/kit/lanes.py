"""Joined and grouped statements on the kit's table of commands, as services write them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import asyncpg
from pingshan_kit import telemetry
from pingshan_kit.audit_log import Record, append_all
from pingshan_kit.events import outbox
from pingshan_kit.idempotency import Call, remember_all, replay_all
from pingshan_kit.jobs import Queued, enqueue_all
from pingshan_kit.storage.database import Database, Fence
from pingshan_kit.storage.lane import Grouped, Joined, Lane, Member
from pingshan_kit.storage.tables import command
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.service import SEND, Message, license_issued

CALLER = "lane"
FIND = """
SELECT k.n, command.request_hash FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS k (caller, request_id, n)
JOIN command ON command.caller = k.caller AND command.request_id = k.request_id
"""
REDEEM = """
UPDATE command SET response = '{}' FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS k (caller, request_id, n)
WHERE command.caller = k.caller AND command.request_id = k.request_id AND command.response IS NULL
RETURNING k.n, command.request_hash
"""
Key = tuple[str, UUID]


class Ordinary:
    """The way without the lane; counts who went it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.went = 0

    async def find(self, key: Key) -> list[bytes]:
        self.went += 1
        async with self._database.read() as tx:
            row = await tx.execute(select(command.c.request_hash).where(_of(key)))
            return list(row.scalars())

    async def redeem(self, key: Key) -> list[bytes]:
        self.went += 1
        async with self._database.begin() as tx:
            unused = update(command).where(_of(key), command.c.response.is_(None)).values(response={})
            return list((await tx.execute(unused.returning(command.c.request_hash))).scalars())

    async def add(self, item: bytes) -> int:
        self.went += 1
        async with self._database.begin() as tx:
            return await _add(tx, item)


def finding(lane: Lane, ordinary: Ordinary) -> Joined[Key, bytes]:
    return Joined(lane, FIND, row=_hash, otherwise=ordinary.find)


def redeeming(lane: Lane, ordinary: Ordinary) -> Joined[Key, bytes]:
    return Joined(lane, REDEEM, row=_hash, otherwise=ordinary.redeem, distinct=lambda key: key[1])


def adding(lane: Lane, ordinary: Ordinary, *, sizes: list[int] | None = None) -> Grouped[bytes, int]:
    """Adds a row per member, and returns the number of members; `refused` and `broken` are bad ones."""

    async def act(tx: AsyncConnection, members: Sequence[Member[bytes]]) -> list[int | Exception]:
        if sizes is not None:
            sizes.append(len(members))
        return [await _member(tx, member.item, len(members)) for member in members]

    return Grouped(lane, act, name="add commands", otherwise=ordinary.add)


async def keys(database: Database, count: int) -> list[Key]:
    """Adds rows whose hash is their number."""
    added = [(CALLER, uuid4()) for _ in range(count)]
    async with database.begin() as tx:
        rows = [
            {"caller": caller, "request_id": request_id, "request_hash": str(number).encode()}
            for number, (caller, request_id) in enumerate(added)
        ]
        await tx.execute(command.insert(), rows)
    return added


async def added(database: Database) -> list[bytes]:
    async with database.read() as tx:
        rows = await tx.execute(select(command.c.request_hash).order_by(command.c.request_hash))
        return list(rows.scalars())


def hashes(count: int) -> list[list[bytes]]:
    return [[str(number).encode()] for number in range(count)]


async def at_once(*acts: object) -> list[object]:
    async with asyncio.timeout(20):
        return list(await asyncio.gather(*acts, return_exceptions=True))  # type: ignore[call-overload]


async def _member(tx: AsyncConnection, item: bytes, members: int) -> int | Exception:
    if item == b"refused":
        return PermissionError()
    await _add(tx, item)
    if item == b"broken":
        raise ZeroDivisionError
    return members


async def _add(tx: AsyncConnection, item: bytes) -> int:
    await tx.execute(command.insert().values(caller=CALLER, request_id=uuid4(), request_hash=item))
    return 1


def _hash(row: asyncpg.Record) -> bytes:
    found: bytes = row["request_hash"]
    return found


def _of(key: Key) -> ColumnElement[bool]:
    return (command.c.caller == key[0]) & (command.c.request_id == key[1])


def submitting(lane: Lane, database: Database) -> Grouped[Call, dict[str, Any]]:
    """A use case with all that one writes: its key, an event, a job, a record and the response."""

    async def act(tx: AsyncConnection, members: Sequence[Member[Call]]) -> list[dict[str, Any] | Exception]:
        return await _submit(tx, members)

    async def alone(call: Call) -> dict[str, Any]:
        async with database.begin() as tx:
            [result] = await _submit(tx, [Member(call)])
        if isinstance(result, Exception):
            raise result
        return result

    return Grouped(lane, act, name="submit", otherwise=alone, distinct=lambda call: call.key)


async def _submit(tx: AsyncConnection, members: Sequence[Member[Call]]) -> list[dict[str, Any] | Exception]:
    known = await replay_all(tx, [member.item for member in members])
    responses: dict[tuple[str, UUID], dict[str, Any]] = {}
    events, jobs, records = [], [], []
    for member, response in zip(members, known, strict=True):
        if response is None:
            number = member.item.request["number"]
            with member.act():
                events.append(license_issued(number).model_copy(update={"traceparent": telemetry.traceparent()}))
                jobs.append(Queued(SEND, str(number), Message()))
                records.append(Record(ANONYMOUS, "license.issued", f"license:{number}", {"number": number}))
            responses[member.item.key] = {"license_id": str(uuid4())}
    await outbox.publish_all(tx, events)
    await enqueue_all(tx, jobs)
    await append_all(tx, records)
    await remember_all(tx, responses)
    return [
        responses[member.item.key] if response is None else response
        for member, response in zip(members, known, strict=True)
    ]


def calls(count: int) -> list[Call]:
    return [Call(CALLER, uuid5(NAMESPACE_URL, str(number)), {"number": number}) for number in range(count)]


class DyingLane(Lane):
    """Kills the process between a commit and its answers."""

    @asynccontextmanager
    async def begin(self, fences: Sequence[Fence] = ()) -> AsyncIterator[AsyncConnection]:
        async with super().begin(fences) as tx:
            yield tx
        os.kill(os.getpid(), signal.SIGKILL)

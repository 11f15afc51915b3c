"""What is heard by the kit's tests, and what applies it: each input becomes a row of `command`, once."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.intake import Heard, Intake, IntakeHandler, IntakeKind, Word
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, dead_letter, intake
from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.service import license_issued

NOISE = IntakeKind("noise", most=50)
PERSONAL = PersonalData([bytes(32)], bytes(32))
TRACED = "traced"
"""An input with this beginning publishes an event too."""
_AS_ADDED = (literal_column("xmin::text::bigint"), literal_column("cmin::text::bigint"))


async def apply(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
    """A second effect of an input breaks the primary key. `bad …` fails each time."""
    for each in heard:
        hashed = each.payload.encode()
        await tx.execute(command.insert().values(caller=each.key, request_id=each.id, request_hash=hashed))
        if each.payload.startswith("bad"):
            raise ZeroDivisionError("13800001111 said " + each.payload)
        if each.payload.startswith(TRACED):
            with each.act():
                await outbox.publish(tx, license_issued())


class Dying:
    """Applies, and kills the process inside the transaction of the group that has the input `last`."""

    async def apply(self, tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        await apply(tx, heard)
        if any(each.payload == "last" for each in heard):
            os.kill(os.getpid(), signal.SIGKILL)


def hearing(database: Database) -> Intake:
    return Intake(database, PERSONAL)


def applying(database: Database, *, kind: IntakeKind = NOISE) -> IntakeRunner:
    return IntakeRunner(database, PERSONAL, [IntakeHandler(kind, apply)])


def words(count: int, *, keys: int = 1) -> list[Word]:
    """Inputs whose payload is their number, spread over the keys."""
    return [Word(f"key-{number % keys}", str(number)) for number in range(count)]


async def waiting(database: Database) -> int:
    """Inputs that are neither applied nor parked."""
    async with database.read() as tx:
        query = select(func.count()).select_from(intake).where(intake.c.parked_at.is_(None))
        return (await tx.execute(query)).scalar_one()


async def applied(database: Database) -> dict[str, list[str]]:
    """Payloads by key, in the order in which they were applied: by transaction, and within one by their place."""
    async with database.read() as tx:
        rows = (await tx.execute(select(command.c.caller, command.c.request_hash).order_by(*_AS_ADDED))).all()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.caller, []).append(row.request_hash.decode())
    return found


async def parked(database: Database) -> list[tuple[str, str, str]]:
    """Code, source and payload of each open dead letter."""
    open_ = dead_letter.c.died_at.is_not(None) & dead_letter.c.resolved_at.is_(None)
    async with database.read() as tx:
        rows = await tx.execute(select(dead_letter.c.code, dead_letter.c.source, dead_letter.c.payload).where(open_))
        return [(row.code, row.source, row.payload.decode()) for row in rows]


async def for_a_while(runner: IntakeRunner, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await runner.run()

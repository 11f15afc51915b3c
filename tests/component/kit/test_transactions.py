"""What a use case writes beside its own rows: commands, records, personal data; and the kit's own tables."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from pingshan_kit import clock, commands, ids, records
from pingshan_kit.database import Database
from pingshan_kit.errors import InvalidRequest, RequestIdReused
from pingshan_kit.tables import outbox, record
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import delete, func, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tests.support.platform import TestPlatform

CLERK = Actor(kind=ActorKind.PERSON, person_id="01")


async def submit(database: Database, request_id: UUID, body: dict[str, object]) -> dict[str, object]:
    """A use case as services write them."""
    async with database.begin() as tx:
        known = await commands.replay(tx, caller=CLERK.id, request_id=request_id, request=body)
        if known is not None:
            return known
        await records.append(tx, actor=CLERK, act="case.submitted", subject="case:1", details=body)
        response: dict[str, object] = {"case_id": str(ids.uuid7())}
        await commands.remember(tx, caller=CLERK.id, request_id=request_id, response=response)
        return response


async def recorded(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(func.count(record.c.id).select())).scalar_one()


async def test_a_command_sent_many_times_at_once_happens_once(database: Database) -> None:
    before, request_id = await recorded(database), uuid4()
    answers = await asyncio.gather(*(submit(database, request_id, {"a": 1, "b": 2}) for _ in range(8)))
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert await recorded(database) == before + 1
    assert await submit(database, request_id, {"b": 2, "a": 1}) == answers[0], "the order of fields is no difference"


async def test_the_same_request_id_with_another_body_is_refused(database: Database) -> None:
    request_id = uuid4()
    await submit(database, request_id, {"a": 1})
    with pytest.raises(RequestIdReused):
        await submit(database, request_id, {"a": 2})


async def test_request_ids_belong_to_their_caller(database: Database) -> None:
    request_id = uuid4()
    await submit(database, request_id, {"a": 1})
    async with database.begin() as tx:
        other = await commands.replay(tx, caller="person:02", request_id=request_id, request={"a": 2})
    assert other is None


async def test_a_command_that_failed_can_be_sent_again(database: Database) -> None:
    request_id = uuid4()

    async def fail() -> None:
        async with database.begin() as tx:
            await commands.replay(tx, caller=CLERK.id, request_id=request_id, request={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert "case_id" in await submit(database, request_id, {})


@pytest.fixture
async def sealed(database: Database, platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    """Forty sealed records; the connection is the superuser's, who alone could change them."""
    sealer = records.Sealer(database)
    for number in range(40):
        async with database.begin() as tx:
            await records.append(tx, actor=CLERK, act="licence.issued", subject=f"license:{number}", details={"n": 1.5})
    await sealer.seal()
    admin = await asyncpg.connect(platform.database_admin_url("e-license"))
    yield admin
    await admin.execute("TRUNCATE record_seal, record_pending, record")
    await admin.close()


async def verified(database: Database) -> int:
    async with database.read() as tx:
        return await records.verify(tx)


async def test_the_chain_of_records_holds(database: Database, sealed: asyncpg.Connection) -> None:
    count = await recorded(database)
    assert await verified(database) == count
    sealers = [records.Sealer(database) for _ in range(4)]
    async with database.begin() as tx:
        await records.append(tx, actor=CLERK, act="licence.revoked", subject="license:1", details={})
    await asyncio.gather(*(sealer.seal() for sealer in sealers))
    assert await verified(database) == count + 1


TAMPERING = {
    "changed": "UPDATE record SET subject = 'license:x' WHERE id = (SELECT max(id) - 5 FROM record)",
    "changed details": """UPDATE record SET details = '{"n": 2}' WHERE id = (SELECT min(id) FROM record)""",
    "seal removed": "DELETE FROM record_seal WHERE position = 3",
    "last seal removed": """DELETE FROM record_seal WHERE position = (SELECT max(position) FROM record_seal);
                            UPDATE record SET recorded_at = now() - interval '2 minutes'
                            WHERE id = (SELECT max(id) FROM record)""",
    "record inserted": """INSERT INTO record (recorded_at, actor, act, subject, details, trace_id)
                          VALUES (now() - interval '1 hour', 'person:01', 'x', 'y', '{}', '')""",
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_is_found(database: Database, sealed: asyncpg.Connection, how: str) -> None:
    await verified(database)
    await sealed.execute(TAMPERING[how])
    with pytest.raises(records.BrokenChainError):
        await verified(database)


async def test_the_runtime_role_can_neither_change_nor_delete_records(
    database: Database, sealed: asyncpg.Connection
) -> None:
    for statement in ("UPDATE record SET act = 'x'", "DELETE FROM record_seal", "TRUNCATE record", "DROP TABLE record"):
        with pytest.raises(ProgrammingError):
            async with database.begin() as tx:
                await tx.execute(text(statement))


@pytest.mark.parametrize("statement", ["SELECT CAST(:value AS text)", "SELECT CAST(:value AS jsonb)"])
async def test_text_that_postgresql_cannot_keep_is_refused_and_not_failed(database: Database, statement: str) -> None:
    value = '"a\\u0000b"' if "json" in statement else "a\0b"
    with pytest.raises(InvalidRequest):
        async with database.read() as tx:
            await tx.execute(text(statement), {"value": value})


async def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.read() as tx:
            await tx.execute(delete(outbox))
    async with database.begin() as tx:
        await tx.execute(delete(outbox))


async def test_partitions_of_the_event_log_are_made_ahead_and_dropped_when_their_time_is_over(
    platform: TestPlatform, database: Database
) -> None:
    admin = await asyncpg.connect(platform.database_admin_url("e-license"))
    partitions = (
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'event_log'::regclass"
    )
    await admin.execute(
        "CREATE TABLE event_log_2020_01 PARTITION OF event_log FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')"
    )
    await admin.execute("ALTER TABLE event_log_2020_01 OWNER TO e_license_owner")
    async with database.begin() as tx:
        assert (await tx.execute(text("SELECT event_log_partitions(90)"))).scalar_one() == 1
    names = {row["relname"] for row in await admin.fetch(partitions)}
    assert clock.now().strftime("event_log_%Y_%m") in names
    assert len(names) == 4
    with pytest.raises(DBAPIError, match="31 days"):
        async with database.begin() as tx:
            await tx.execute(text("SELECT event_log_partitions(1)"))
    await admin.close()

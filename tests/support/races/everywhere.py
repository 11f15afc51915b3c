"""Keys of the kit's tables, which every service has."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

from pingshan_events.e_license import LicenseIssued
from pingshan_kit import record_heads
from pingshan_kit.events import inbox
from pingshan_kit.events.dead_letters import Failure, count_failure
from pingshan_kit.jobs import enqueue
from pingshan_kit.jobs.queue import JobKind
from pydantic import BaseModel

from tests.support.fuzz.services import Attacked
from tests.support.races.race import OF_ITS_OWN, ONE_WRITER, WITH_ANOTHER, Begin, Race, form, statement
from tests.support.sent_twice import everywhere


class _Empty(BaseModel):
    pass


_JOB = JobKind("raced", _Empty)


async def command(attacked: Attacked) -> Race:
    """One rendering of a form, twice."""
    sent = await everywhere.discard(attacked)
    letter = sent.action.split("/")[2]
    standing = f"SELECT count(*) FROM record WHERE subject = 'dead-letter:{letter}'"
    return Race((form(sent), form(sent)), standing)


async def taken(attacked: Attacked) -> Race:
    event = uuid4()
    both = statement(attacked.built.database, inbox.take, consumer="raced", event_id=event)
    return Race((both, both), f"SELECT count(*) FROM inbox WHERE event_id = '{event}'")


async def newer(attacked: Attacked) -> Race:
    own = str(uuid4())
    event = SimpleNamespace(subject=LicenseIssued.subject, aggregate_id=own, aggregate_version=1)
    both = statement(attacked.built.database, inbox.newer, consumer="raced", event=event)
    return Race((both, both), f"SELECT count(*) FROM inbox_version WHERE aggregate_id = '{own}'")


async def job(attacked: Attacked) -> Race:
    key = str(uuid4())
    both = statement(attacked.built.database, enqueue, kind=_JOB, key=key, payload=_Empty())
    return Race((both, both), f"SELECT count(*) FROM job WHERE key = '{key}'")


async def dead_letter(attacked: Attacked) -> Race:
    own = str(uuid4())
    failure = Failure("event", "raced", own, "", b"", {}, "X")
    both = statement(attacked.built.database, count_failure, failure=failure)
    return Race((both, both), f"SELECT count(*) FROM dead_letter WHERE message_id = '{own}' AND attempts = 2")


async def record_head(attacked: Attacked) -> Race:
    now, subject = datetime.now(UTC), f"raced-{uuid4()}.record.sealed"
    event = SimpleNamespace(subject=subject, position=1, hash="x", sealed_at=now, proof="x")
    both = statement(attacked.built.database, record_heads.keep, event=event)
    return Race((both, both), f"SELECT count(*) FROM record_head WHERE service = '{subject.partition('.')[0]}'")


RACES: Mapping[str, Begin | str] = {
    "alembic_version_pkc": ONE_WRITER,
    "kit_version_pkc": ONE_WRITER,
    "pk_command": command,
    "pk_dead_letter": OF_ITS_OWN,
    "pk_event_log": ONE_WRITER,
    "pk_inbox": taken,
    "pk_inbox_version": newer,
    "pk_intake": OF_ITS_OWN,
    "pk_job": OF_ITS_OWN,
    "pk_outbox": "PostgreSQL counts it",
    "pk_page_session": OF_ITS_OWN,
    "pk_record": OF_ITS_OWN,
    "pk_record_head": record_head,
    "pk_record_pending": WITH_ANOTHER,
    "pk_record_seal": ONE_WRITER,
    "uq_dead_letter_source_handler_message_id": dead_letter,
    "uq_job_kind_key": job,
    "uq_outbox_event_id": OF_ITS_OWN,
    "uq_record_seal_record_id": ONE_WRITER,
}

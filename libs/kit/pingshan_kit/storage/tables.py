"""The kit's tables, the same in every service's database."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
APPEND_ONLY = {"append_only": True}
ENCRYPTED_ROW = "encrypted_row"

_kit = MetaData(naming_convention=NAMING)
_Time = DateTime(timezone=True)


def kit_tables(metadata: MetaData) -> None:
    """Puts the kit's tables beside the service's own."""
    for table in _kit.sorted_tables:
        table.to_metadata(metadata).info.update(table.info)


def encrypted(row: str) -> dict[str, str]:
    """Returns the `info` of a column whose values `PersonalData` encrypts: all such columns are re-encrypted together.

    The values are bound to the table's name, the column's name and `row`: a format over the primary key's columns, for
    example `{license_id}/{number}`, with bytes as hexadecimal digits.
    """
    return {ENCRYPTED_ROW: row}


def encrypted_columns(table: Table) -> list[Column[Any]]:
    """Returns the columns of `table` that are marked as `encrypted`."""
    return [column for column in table.columns if ENCRYPTED_ROW in column.info]


def _now(name: str) -> Column[object]:
    return Column(name, _Time, nullable=False, server_default=func.now())


outbox = Table(
    "outbox",
    _kit,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    Column("payload", Text, nullable=False),
    _now("created_at"),
)

event_log = Table(
    "event_log",
    _kit,
    Column("published_at", _Time, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("correlation_id", Text, nullable=False, index=True),
    Column("traceparent", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", _Time, nullable=False),
    Column("stream_created_at", _Time),  # of the stream that keeps the event, signed; null: of an earlier version
    Column("stream_sequence", BigInteger),
    postgresql_partition_by="RANGE (published_at)",
)

inbox = Table(
    "inbox",
    _kit,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", _Time, nullable=False, server_default=func.now(), index=True),
)

inbox_version = Table(
    "inbox_version",
    _kit,
    Column("consumer", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("aggregate_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

dead_letter = Table(
    "dead_letter",
    _kit,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("handler", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("code", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("trace_id", Text, nullable=False),
    _now("first_failed_at"),
    Column("died_at", _Time),
    Column("resolved_at", _Time),
    Column("resolution", Text),
    Column("resolved_by", Text),
    Column("reason", Text),
    UniqueConstraint("source", "handler", "message_id"),
    CheckConstraint("source IN ('event', 'job', 'intake')", name="source"),
    CheckConstraint("resolution IN ('retried', 'discarded')", name="resolution"),
)
Index(
    "ix_dead_letter_open",
    dead_letter.c.died_at,
    postgresql_where=dead_letter.c.died_at.is_not(None) & dead_letter.c.resolved_at.is_(None),
)
Index(
    "ix_dead_letter_resolved_at",
    dead_letter.c.resolved_at,
    postgresql_where=dead_letter.c.resolved_at.is_not(None),
)

FORM = "form"
"""Value of `command.caller` for forms of pages, whose answers are kept sealed, and for `FORM_LIFE` only."""
FORM_LIFE = timedelta(minutes=10)

command = Table(
    "command",
    _kit,
    Column("caller", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("response", JSONB(none_as_null=True)),
    Column("created_at", _Time, nullable=False, server_default=func.now(), index=True),
)

job = Table(
    "job",
    _kit,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _now("run_at"),
    Column("lease_until", _Time),
    Column("lease", Uuid),
    Column("traceparent", Text, nullable=False),
    _now("created_at"),
    Column("finished_at", _Time),
    UniqueConstraint("kind", "key"),
    CheckConstraint("state IN ('queued', 'done', 'dead')", name="state"),
)
Index("ix_job_queued", job.c.kind, job.c.run_at, postgresql_where=job.c.state == "queued")
Index("ix_job_finished_at", job.c.finished_at, postgresql_where=job.c.finished_at.is_not(None))

intake = Table(
    "intake",
    _kit,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, comment="what is heard of one key is applied in order; never personal data"),
    Column("payload", LargeBinary, nullable=False, info=encrypted("{id}"), comment="encrypted: the input word by word"),
    Column("traceparent", Text, nullable=False),
    _now("heard_at"),
    Column("parked_at", _Time, comment="could not be applied: its dead letter waits for a person"),
)
Index("ix_intake_waiting", intake.c.kind, intake.c.position, postgresql_where=intake.c.parked_at.is_(None))
Index("ix_intake_waiting_key", intake.c.kind, intake.c.key, postgresql_where=intake.c.parked_at.is_(None))
Index("ix_intake_parked_at", intake.c.parked_at, postgresql_where=intake.c.parked_at.is_not(None))

page_session = Table(
    "page_session",
    _kit,
    Column("id", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's value"),
    Column("session_id", Text, nullable=False, index=True, comment="the sid claim"),
    Column("person_id", Text, nullable=False),
    Column(
        "actor",
        LargeBinary,
        nullable=False,
        info=encrypted("{id}"),
        comment="encrypted: name, roles, posts, whom the person may act for",
    ),
    _now("created_at"),
    _now("seen_at"),
    Column("expires_at", _Time, nullable=False, index=True),
)

record = Table(
    "record",
    _kit,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _now("recorded_at"),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("details", JSONB, nullable=False),
    Column("trace_id", Text, nullable=False),
    info=APPEND_ONLY,
)

record_pending = Table(
    "record_pending",
    _kit,
    Column("record_id", BigInteger, ForeignKey("record.id"), primary_key=True, autoincrement=False),
)

record_seal = Table(
    "record_seal",
    _kit,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, ForeignKey("record.id"), nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    _now("sealed_at"),
    info=APPEND_ONLY,
)

record_head = Table(
    "record_head",
    _kit,
    Column("service", Text, primary_key=True, comment="whose record; never our own"),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, primary_key=True, comment="hexadecimal: two heads of one position say that records changed"),
    Column("sealed_at", _Time, nullable=False),
    Column("proof", Text, nullable=False),
    _now("received_at"),
    info=APPEND_ONLY,
)

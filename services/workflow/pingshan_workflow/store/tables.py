"""Tables of workflow, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import APPEND_ONLY, NAMING, encrypted, kit_tables
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

_Time = DateTime(timezone=True)

definition = Table(
    "definition",
    metadata,
    Column("hash", Text, primary_key=True, comment="SHA-256 of the canonical text"),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("published_at", _Time, nullable=False),
    UniqueConstraint("code", "version"),
)

calendar_year = Table(
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False, comment="differs from what the weekday says"),
    Column("reason", Text, nullable=False),
)

calendar_override = Table(
    "calendar_override",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
)

case_number = Table(
    "case_number",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

submission = Table(
    "submission",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False, comment="HMAC of what was sent"),
    Column("case_id", Text, nullable=False, unique=True),
    Column("definition_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("received_at", _Time, nullable=False),
)

case_file = Table(
    "case_file",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("definition_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("process", Text, nullable=False),
    Column("applicant_name", LargeBinary, nullable=False, info=encrypted("{case_id}")),
    Column("applicant_code", LargeBinary, nullable=False, info=encrypted("{case_id}")),
    Column("applicant_index", LargeBinary, nullable=False, index=True, comment="HMAC of the applicant's code"),
    Column("agent_name", LargeBinary, nullable=False, info=encrypted("{case_id}"), comment="经办人"),
    Column("agent_mobile", LargeBinary, nullable=False, info=encrypted("{case_id}")),
    Column("form", LargeBinary, nullable=False, info=encrypted("{case_id}")),
    Column("filed_by", Text, nullable=False),
    Column("filed_by_name", LargeBinary, nullable=False, info=encrypted("{case_id}")),
    Column("state", Text, nullable=False),
    Column("transition", Integer, nullable=False, comment="number of the newest one"),
    Column("received_at", _Time, nullable=False),
    Column("accepted_on", Date),
    Column("promise_due", Date),
    Column("closed_at", _Time),
    Column("compared_at", _Time, comment="when Temporal was last seen to agree, or asked"),
    Column("fault", Text, comment="why it cannot go on by itself"),
    CheckConstraint("state IN ('open', 'approved', 'rejected')", name="state"),
)
Index("ix_case_file_state_received_at", case_file.c.state, case_file.c.received_at.desc())
Index("ix_case_file_compared_at", case_file.c.compared_at, postgresql_where=case_file.c.state == "open")
Index("ix_case_file_fault", case_file.c.fault, postgresql_where=case_file.c.fault.is_not(None))

task = Table(
    "task",
    metadata,
    Column("case_id", Text, ForeignKey("case_file.case_id"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", _Time, nullable=False),
    Column("due_on", Date),
    Column("limit_days", Integer),
    Column("decided_at", _Time),
    Column("decided_by", Text),
    Column("decided_by_name", LargeBinary, info=encrypted("{case_id}.{node}")),
    Column("comment", LargeBinary, info=encrypted("{case_id}.{node}")),
    CheckConstraint("state IN ('open', 'approved', 'rejected', 'skipped')", name="state"),
)
Index(
    "ix_task_inbox",
    task.c.organisation,
    task.c.post,
    text("COALESCE(due_on, '9999-12-31'::date)"),
    task.c.case_id,
    task.c.node,
    postgresql_where=task.c.state == "open",
)

transition = Table(
    "transition",
    metadata,
    Column("case_id", Text, ForeignKey("case_file.case_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("at", _Time, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", Uuid),
    Column("details", JSONB, nullable=False, comment="ids and codes only"),
    info=APPEND_ONLY,
)

case_license = Table(
    "case_license",
    metadata,
    Column("case_id", Text, ForeignKey("case_file.case_id"), primary_key=True),
    Column("license_id", Text, primary_key=True),
    Column("license_type", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("issued_at", _Time, nullable=False),
    Column("revoked_at", _Time),
    UniqueConstraint("case_id", "node"),
)

case_note = Table(
    "case_note",
    metadata,
    Column("case_id", Text, ForeignKey("case_file.case_id"), primary_key=True),
    Column("key", Text, primary_key=True, comment="the same note is written once"),
    Column("kind", Text, nullable=False),
    Column("at", _Time, nullable=False),
    Column("details", JSONB, nullable=False, comment="ids and codes only"),
    info=APPEND_ONLY,
)

"""Definitions, calendar, cases with their tasks, transitions, licences and notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _definitions()
    _calendar()
    _submissions()
    _cases()
    _tasks()
    _history()


def _definitions() -> None:
    op.create_table(
        "definition",
        sa.Column("hash", sa.Text, nullable=False, comment="SHA-256 of the canonical text"),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_definition"),
        sa.UniqueConstraint("code", "version", name="uq_definition_code_version"),
    )


def _calendar() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_calendar_year"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("working", sa.Boolean, nullable=False, comment="differs from what the weekday says"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_day"),
    )
    op.create_table(
        "calendar_override",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("working", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_override"),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_calendar_override_two_persons")),
    )


def _submissions() -> None:
    op.create_table(
        "case_number",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_case_number"),
    )
    op.create_table(
        "submission",
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False, comment="HMAC of what was sent"),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("definition_hash", sa.Text, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("caller", "request_id", name="pk_submission"),
        sa.UniqueConstraint("case_id", name="uq_submission_case_id"),
        sa.ForeignKeyConstraint(["definition_hash"], ["definition.hash"], name="fk_submission_definition_hash"),
    )


def _cases() -> None:
    op.create_table(
        "case_file",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("definition_hash", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("applicant_name", sa.LargeBinary, nullable=False),
        sa.Column("applicant_code", sa.LargeBinary, nullable=False),
        sa.Column("applicant_index", sa.LargeBinary, nullable=False, comment="HMAC of the applicant's code"),
        sa.Column("agent_name", sa.LargeBinary, nullable=False, comment="经办人"),
        sa.Column("agent_mobile", sa.LargeBinary, nullable=False),
        sa.Column("form", sa.LargeBinary, nullable=False),
        sa.Column("filed_by", sa.Text, nullable=False),
        sa.Column("filed_by_name", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("transition", sa.Integer, nullable=False, comment="number of the newest one"),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("accepted_on", sa.Date),
        sa.Column("promise_due", sa.Date),
        sa.Column("closed_at", _TIME),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_file"),
        sa.ForeignKeyConstraint(["definition_hash"], ["definition.hash"], name="fk_case_file_definition_hash"),
        sa.CheckConstraint("state IN ('open', 'approved', 'rejected')", name=op.f("ck_case_file_state")),
    )
    op.create_index("ix_case_file_applicant_index", "case_file", ["applicant_index"])
    op.create_index("ix_case_file_state_received_at", "case_file", ["state", sa.text("received_at DESC")])


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("limit_days", sa.Integer),
        sa.Column("decided_at", _TIME),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_by_name", sa.LargeBinary),
        sa.Column("comment", sa.LargeBinary),
        sa.PrimaryKeyConstraint("case_id", "node", name="pk_task"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_task_case_id"),
        sa.CheckConstraint("state IN ('open', 'approved', 'rejected', 'skipped')", name=op.f("ck_task_state")),
    )
    columns: list[str | sa.TextClause] = [
        "organisation",
        "post",
        sa.text("coalesce(due_on, DATE '9999-12-31')"),
        "case_id",
        "node",
    ]
    op.create_index("ix_task_inbox", "task", columns, postgresql_where=sa.text("state = 'open'"))


def _history() -> None:
    op.create_table(
        "transition",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("details", JSONB, nullable=False, comment="ids and codes only"),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_transition"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_transition_case_id"),
    )
    op.create_table(
        "case_license",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("license_id", sa.Text, nullable=False),
        sa.Column("license_type", sa.Text, nullable=False),
        sa.Column("name_zh", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("case_id", "license_id", name="pk_case_license"),
        sa.UniqueConstraint("case_id", "node", name="uq_case_license_case_id_node"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_case_license_case_id"),
    )
    op.create_table(
        "case_note",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False, comment="the same note is written once"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("details", JSONB, nullable=False, comment="ids and codes only"),
        sa.PrimaryKeyConstraint("case_id", "key", name="pk_case_note"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_case_note_case_id"),
    )

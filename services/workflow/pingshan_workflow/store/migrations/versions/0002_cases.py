"""Definitions, calendar, cases with their tasks, transitions, licences and notes."""

from pingshan_kit.migrations.steps import execute_script

revision = "0002"
down_revision = None

_DEFINITIONS = """
CREATE TABLE definition (
    hash TEXT NOT NULL,
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_definition PRIMARY KEY (hash),
    CONSTRAINT uq_definition_code_version UNIQUE (code, version)
);
COMMENT ON COLUMN definition.hash IS 'SHA-256 of the canonical text';
"""

_CALENDAR = """
CREATE TABLE calendar_year (
    year INTEGER NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT pk_calendar_year PRIMARY KEY (year)
);
CREATE TABLE calendar_day (
    day DATE NOT NULL,
    working BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_calendar_day PRIMARY KEY (day)
);
COMMENT ON COLUMN calendar_day.working IS 'differs from what the weekday says';
CREATE TABLE calendar_override (
    day DATE NOT NULL,
    working BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    CONSTRAINT pk_calendar_override PRIMARY KEY (day),
    CONSTRAINT ck_calendar_override_two_persons CHECK (proposed_by <> confirmed_by)
);
"""

_SUBMISSIONS = """
CREATE TABLE case_number (
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_case_number PRIMARY KEY (year)
);
CREATE TABLE submission (
    caller TEXT NOT NULL,
    request_id UUID NOT NULL,
    request_hash BYTEA NOT NULL,
    case_id TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_submission PRIMARY KEY (caller, request_id),
    CONSTRAINT uq_submission_case_id UNIQUE (case_id),
    CONSTRAINT fk_submission_definition_hash FOREIGN KEY(definition_hash) REFERENCES definition (hash)
);
COMMENT ON COLUMN submission.request_hash IS 'HMAC of what was sent';
"""

_CASES = """
CREATE TABLE case_file (
    case_id TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    process TEXT NOT NULL,
    applicant_name BYTEA NOT NULL,
    applicant_code BYTEA NOT NULL,
    applicant_index BYTEA NOT NULL,
    agent_name BYTEA NOT NULL,
    agent_mobile BYTEA NOT NULL,
    form BYTEA NOT NULL,
    filed_by TEXT NOT NULL,
    filed_by_name BYTEA NOT NULL,
    state TEXT NOT NULL,
    transition INTEGER NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_on DATE,
    promise_due DATE,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_file PRIMARY KEY (case_id),
    CONSTRAINT fk_case_file_definition_hash FOREIGN KEY(definition_hash) REFERENCES definition (hash),
    CONSTRAINT ck_case_file_state CHECK (state IN ('open', 'approved', 'rejected'))
);
COMMENT ON COLUMN case_file.applicant_index IS 'HMAC of the applicant''s code';
COMMENT ON COLUMN case_file.agent_name IS '经办人';
COMMENT ON COLUMN case_file.transition IS 'number of the newest one';
CREATE INDEX ix_case_file_applicant_index ON case_file (applicant_index);
CREATE INDEX ix_case_file_state_received_at ON case_file (state, received_at DESC);
"""

_TASKS = """
CREATE TABLE task (
    case_id TEXT NOT NULL,
    node TEXT NOT NULL,
    organisation TEXT NOT NULL,
    post TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_on DATE,
    limit_days INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by TEXT,
    decided_by_name BYTEA,
    comment BYTEA,
    CONSTRAINT pk_task PRIMARY KEY (case_id, node),
    CONSTRAINT fk_task_case_id FOREIGN KEY(case_id) REFERENCES case_file (case_id),
    CONSTRAINT ck_task_state CHECK (state IN ('open', 'approved', 'rejected', 'skipped'))
);
CREATE INDEX ix_task_inbox ON task (organisation, post, coalesce(due_on, DATE '9999-12-31'), case_id, node)
    WHERE state = 'open';
"""

_HISTORY = """
CREATE TABLE transition (
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    node TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    request_id UUID,
    details JSONB NOT NULL,
    CONSTRAINT pk_transition PRIMARY KEY (case_id, number),
    CONSTRAINT fk_transition_case_id FOREIGN KEY(case_id) REFERENCES case_file (case_id)
);
COMMENT ON COLUMN transition.details IS 'ids and codes only';
CREATE TABLE case_license (
    case_id TEXT NOT NULL,
    license_id TEXT NOT NULL,
    license_type TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    identifier TEXT NOT NULL,
    node TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_license PRIMARY KEY (case_id, license_id),
    CONSTRAINT uq_case_license_case_id_node UNIQUE (case_id, node),
    CONSTRAINT fk_case_license_case_id FOREIGN KEY(case_id) REFERENCES case_file (case_id)
);
CREATE TABLE case_note (
    case_id TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_case_note PRIMARY KEY (case_id, key),
    CONSTRAINT fk_case_note_case_id FOREIGN KEY(case_id) REFERENCES case_file (case_id)
);
COMMENT ON COLUMN case_note.key IS 'the same note is written once';
COMMENT ON COLUMN case_note.details IS 'ids and codes only';
"""


def upgrade() -> None:
    for script in (_DEFINITIONS, _CALENDAR, _SUBMISSIONS, _CASES, _TASKS, _HISTORY):
        execute_script(script)

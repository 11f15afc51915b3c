"""Bulk issues: a file of licences, row by row."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0007"
down_revision = "0006"

_BULK_ISSUE = """
CREATE TABLE bulk_issue (
    bulk_issue_id UUID NOT NULL,
    type TEXT NOT NULL,
    agency TEXT NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    heads JSONB NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    goes_on BOOLEAN NOT NULL,
    rows INTEGER NOT NULL,
    good INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bulk_issue PRIMARY KEY (bulk_issue_id),
    CONSTRAINT ck_bulk_issue_state CHECK (
        state IN ('receiving', 'checking', 'checked', 'issuing', 'ended', 'cancelled')
    ),
    CONSTRAINT ck_bulk_issue_format CHECK (format IN ('csv', 'xlsx', 'json_lines')),
    CONSTRAINT fk_bulk_issue_type FOREIGN KEY(type) REFERENCES license_type (code)
);
COMMENT ON COLUMN bulk_issue.heads IS 'first row of a sheet; empty for JSON Lines';
COMMENT ON COLUMN bulk_issue.uploaded_by IS 'id of the actor';
COMMENT ON COLUMN bulk_issue.goes_on IS 'whether it issues without a further order once checked';
COMMENT ON COLUMN bulk_issue.good IS 'checked, and fit to be issued';
COMMENT ON COLUMN bulk_issue.started_by IS 'id of the actor; empty before';
CREATE INDEX ix_bulk_issue_agency_bulk_issue_id ON bulk_issue (agency, bulk_issue_id);
CREATE INDEX ix_bulk_issue_ended_at ON bulk_issue (ended_at);
CREATE TABLE bulk_issue_row (
    bulk_issue_id UUID NOT NULL,
    line INTEGER NOT NULL,
    content BYTEA NOT NULL,
    state TEXT NOT NULL,
    license_id UUID,
    faults BYTEA,
    CONSTRAINT pk_bulk_issue_row PRIMARY KEY (bulk_issue_id, line),
    CONSTRAINT ck_bulk_issue_row_state CHECK (state IN ('waiting', 'good', 'issued', 'refused')),
    CONSTRAINT fk_bulk_issue_row_bulk_issue_id FOREIGN KEY(bulk_issue_id)
        REFERENCES bulk_issue (bulk_issue_id) ON DELETE CASCADE
);
COMMENT ON COLUMN bulk_issue_row.line IS 'of the file, from 1';
COMMENT ON COLUMN bulk_issue_row.faults IS 'none unless it was refused';
CREATE INDEX ix_bulk_issue_row_bulk_issue_id_state_line ON bulk_issue_row (bulk_issue_id, state, line);
"""


def upgrade() -> None:
    execute_script(_BULK_ISSUE)

"""A code for the first factor after a reset, and proposals of authenticators that belong to one sign-in."""

from pingshan_kit.migrations.steps import execute_script

revision = "0004"
down_revision = "0003"

_TABLES = """
CREATE TABLE enrolment_code (
    person_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_enrolment_code PRIMARY KEY (person_id),
    CONSTRAINT fk_enrolment_code_person_id_person FOREIGN KEY(person_id) REFERENCES person (person_id)
);
ALTER TABLE totp ADD COLUMN attempt_hash BYTEA;
"""


def upgrade() -> None:
    execute_script(_TABLES)

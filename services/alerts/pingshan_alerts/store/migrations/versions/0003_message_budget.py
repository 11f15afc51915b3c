"""How many SMS other services may send is counted."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0003"
down_revision = "0002"

_TABLE = """
CREATE TABLE message_budget (
    key BYTEA NOT NULL,
    attempts INTEGER NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_message_budget PRIMARY KEY (key)
);
CREATE INDEX ix_message_budget_attempted_at ON message_budget (attempted_at);
COMMENT ON COLUMN message_budget.key IS 'keyed hash of caller, template and number';
"""


def upgrade() -> None:
    execute_script(_TABLE)

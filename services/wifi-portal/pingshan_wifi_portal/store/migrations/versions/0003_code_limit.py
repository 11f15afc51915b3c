"""Limits of codes are kept where operators see and lift them."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0003"
down_revision = "0002"

_TABLE = """
CREATE TABLE code_limit (
    key BYTEA NOT NULL,
    counted TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject BYTEA,
    lifted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_code_limit PRIMARY KEY (key)
);
COMMENT ON COLUMN code_limit.key IS 'keyed hash of what is counted';
COMMENT ON COLUMN code_limit.counted IS 'number, device, network, hotspot, range or all';
COMMENT ON COLUMN code_limit.subject IS 'personal';
COMMENT ON COLUMN code_limit.lifted_at IS 'from when on an operator lets codes be counted anew';
COMMENT ON COLUMN sign_in.network IS 'where the request came from: /24 or /64';
"""


def upgrade() -> None:
    execute_script(_TABLE)

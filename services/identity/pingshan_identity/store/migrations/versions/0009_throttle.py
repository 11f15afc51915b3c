"""Throttles say whom they slow down, so that administrators see and lift them."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0009"
down_revision = "0008"

_COLUMNS = """
ALTER TABLE sign_in_throttle ADD COLUMN counted TEXT DEFAULT '' NOT NULL;
ALTER TABLE sign_in_throttle ADD COLUMN person_id UUID;
ALTER TABLE sign_in_throttle ADD COLUMN subject_encrypted BYTEA;
ALTER TABLE sign_in_throttle ADD COLUMN lifted_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN sign_in_throttle.counted IS 'what is counted; empty in rows of before';
COMMENT ON COLUMN sign_in_throttle.person_id IS 'whose attempts they are, where that is known';
COMMENT ON COLUMN sign_in_throttle.subject_encrypted IS 'the network, number or range that is counted';
COMMENT ON COLUMN sign_in_throttle.lifted_at IS 'from when on an administrator lets a number have codes again';
"""


def upgrade() -> None:
    execute_script(_COLUMNS)

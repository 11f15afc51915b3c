"""A sign-in for a device that no controller vouches for belongs to the browser that asked for it."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0004"
down_revision = "0003"

_COLUMN = """
ALTER TABLE sign_in ADD COLUMN browser BYTEA NOT NULL DEFAULT '';
COMMENT ON COLUMN sign_in.browser IS 'who speaks for an unproven device';
COMMENT ON COLUMN code_limit.counted IS 'what is counted: Counted';
"""


def upgrade() -> None:
    execute_script(_COLUMN)

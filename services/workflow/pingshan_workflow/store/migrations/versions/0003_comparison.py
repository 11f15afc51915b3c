"""Open cases are compared with what Temporal has of them, and say what is wrong."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    execute_script("""
ALTER TABLE case_file ADD COLUMN compared_at TIMESTAMP WITH TIME ZONE, ADD COLUMN fault TEXT;
COMMENT ON COLUMN case_file.compared_at IS 'when Temporal was last seen to agree, or asked';
COMMENT ON COLUMN case_file.fault IS 'why it cannot go on by itself';
""")

"""Sessions keep the counters that were reported and not believed."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    execute_script("""
ALTER TABLE wifi_session ADD COLUMN implausible_report TEXT DEFAULT '' NOT NULL;
COMMENT ON COLUMN wifi_session.implausible_report IS 'counters that were not believed';
""")

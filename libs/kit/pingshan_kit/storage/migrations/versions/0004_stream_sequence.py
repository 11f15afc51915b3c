"""The log says where in which stream JetStream keeps an event; NULL for what an earlier version published, unsigned."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    execute_script("ALTER TABLE event_log ADD COLUMN stream_created_at TIMESTAMPTZ, ADD COLUMN stream_sequence BIGINT;")

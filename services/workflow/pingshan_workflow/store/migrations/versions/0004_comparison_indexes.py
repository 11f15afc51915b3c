"""Cases to compare, and those that cannot go on, are found by an index."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_index_concurrently("ix_case_file_compared_at", "case_file (compared_at) WHERE state = 'open'")
    create_index_concurrently("ix_case_file_fault", "case_file (fault) WHERE fault IS NOT NULL")

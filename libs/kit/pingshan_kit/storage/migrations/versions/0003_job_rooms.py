"""Due jobs are looked for by kind: each kind of job has a room of its own."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently, execute_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_index_concurrently("ix_job_queued", "job (kind, run_at) WHERE state = 'queued'")
    execute_script("DROP INDEX ix_job_due;")

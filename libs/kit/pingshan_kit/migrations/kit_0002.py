"""What is due is looked for by kind: each kind of job has a room of its own."""

from alembic import op


def upgrade() -> None:
    op.execute("CREATE INDEX ix_job_queued ON job (kind, run_at) WHERE state = 'queued'")
    op.execute("DROP INDEX ix_job_due")

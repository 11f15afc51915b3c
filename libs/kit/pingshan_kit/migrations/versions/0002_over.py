"""Housekeeping finds finished jobs and resolved dead letters by their time, also among millions."""

from pingshan_kit.migrations.steps import create_index_concurrently

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_index_concurrently("ix_job_finished_at", "job (finished_at) WHERE finished_at IS NOT NULL")
    create_index_concurrently("ix_dead_letter_resolved_at", "dead_letter (resolved_at) WHERE resolved_at IS NOT NULL")

"""Clients are told when a person was last changed (`updated_at`, OpenID Connect Core section 5.1)."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    execute_script("ALTER TABLE person ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT now();")

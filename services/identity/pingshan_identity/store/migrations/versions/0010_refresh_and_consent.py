"""Kept answers to refresh tokens are found by age; a consent says what was shown."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently, execute_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    create_index_concurrently("ix_refresh_token_answered", "refresh_token (used_at) WHERE answer_encrypted IS NOT NULL")
    execute_script(
        """
        ALTER TABLE consent ADD COLUMN shown_hash BYTEA;
        COMMENT ON COLUMN consent.shown_hash IS 'SHA-256 of what was shown of the client; empty: unknown';
        """
    )

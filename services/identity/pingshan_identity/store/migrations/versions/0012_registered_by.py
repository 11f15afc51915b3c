"""A client that registered itself keeps which initial access token it came by, so that the token ends with it."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    execute_script("ALTER TABLE client ADD COLUMN initial_token_hash BYTEA;")

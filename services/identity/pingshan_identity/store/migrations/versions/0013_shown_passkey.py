"""A sign-in and its session keep which passkey was shown, so that the proof of a name keeps that one alone."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE sign_in_attempt ADD COLUMN credential_id BYTEA;
        ALTER TABLE sso_session ADD COLUMN credential_id BYTEA;
        """
    )

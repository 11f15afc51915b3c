"""Clients may demand that their requests are signed, and say where a sign-in can be begun."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE client
            ADD COLUMN require_signed_request_object BOOLEAN NOT NULL DEFAULT false,
            ADD COLUMN initiate_login_uri TEXT;
        """
    )

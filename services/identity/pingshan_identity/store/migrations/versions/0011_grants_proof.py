"""A grant keeps the methods of the sign-in that it was given after, beside its level and time."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    execute_script("ALTER TABLE access_grant ADD COLUMN amr TEXT[];")

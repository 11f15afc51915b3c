"""Every dead letter is of an event, a job or an input that was heard."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    execute_script("ALTER TABLE dead_letter VALIDATE CONSTRAINT ck_dead_letter_source;")

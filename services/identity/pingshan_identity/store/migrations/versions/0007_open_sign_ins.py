"""Sign-ins under way are ended by their person."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    create_index_concurrently("ix_sign_in_attempt_person_id", "sign_in_attempt (person_id)")

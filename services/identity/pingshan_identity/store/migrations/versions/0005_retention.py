"""Deleting a code by SMS looks for attempts that refer to it; the job that deleted is part of housekeeping."""

from pingshan_kit.migrations.steps import create_index_concurrently, execute_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_index_concurrently(
        "ix_sign_in_attempt_sms_challenge_id", "sign_in_attempt (sms_challenge_id) WHERE sms_challenge_id IS NOT NULL"
    )
    execute_script("DELETE FROM job WHERE kind = 'forget-spent';")

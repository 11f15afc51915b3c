"""What expires soon is found by its day, and the standings of 0003 are validated."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently, execute_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_index_concurrently("ix_license_agency_expires_on_license_id", "license (agency, expires_on, license_id)")
    execute_script(
        """
        ALTER TABLE license VALIDATE CONSTRAINT ck_license_standing;
        ALTER TABLE license_transition VALIDATE CONSTRAINT ck_license_transition_standing;
        """
    )

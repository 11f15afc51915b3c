"""One pending sign-in per device, and one per browser that speaks for it."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently, execute_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_index_concurrently(
        "uq_sign_in_pending_of", "sign_in (controller_id, device_mac, browser) WHERE state = 'pending'", unique=True
    )
    execute_script("DROP INDEX uq_sign_in_pending;")

"""The kit's tables."""

from pingshan_kit.storage.migrations import kit_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    kit_0001.upgrade()

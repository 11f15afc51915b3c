"""The kit's tables: jobs by kind."""

from pingshan_kit.migrations import kit_0002

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    kit_0002.upgrade()

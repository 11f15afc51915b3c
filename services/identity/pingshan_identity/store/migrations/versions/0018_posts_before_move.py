"""A planned move keeps the posts that it changes, so that it can be taken back."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE person ADD COLUMN posts_before_move JSONB;
        COMMENT ON COLUMN person.posts_before_move IS 'own posts as they were before the planned move';
        """
    )

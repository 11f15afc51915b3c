"""A change may make a secret for who decided it, besides the one for its proposer."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE change_request ADD COLUMN decider_outcome_encrypted BYTEA;
        COMMENT ON COLUMN change_request.decider_outcome_encrypted IS 'a secret that who decided it fetches once';
        """
    )

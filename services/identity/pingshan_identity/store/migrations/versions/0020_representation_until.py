"""The job that ends expired representations finds them without reading those that run on."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    execute_script("CREATE INDEX ix_representation_until ON representation (until) WHERE ended_at IS NULL;")

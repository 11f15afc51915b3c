"""Whether a passkey's authenticator proved to be hardware; those from before did not, and so reach level 2."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0008"
down_revision = "0007"

_STEPS = """
ALTER TABLE passkey ADD COLUMN hardware BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN passkey.hardware IS 'its authenticator proved by attestation to be an accepted model';
UPDATE sso_session SET acr = 2, amr = array_replace(amr, 'hwk', 'pop') WHERE acr = 3 AND ended_at IS NULL;
"""


def upgrade() -> None:
    execute_script(_STEPS)

"""Clients have a profile, keys that are fetched, a former secret, and what they registered but nobody kept.

`require_pkce` stays while services of the last version read it.
"""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE client
            ADD COLUMN profile TEXT NOT NULL DEFAULT 'strict',
            ADD COLUMN jwks_uri TEXT,
            ADD COLUMN default_max_age INTEGER,
            ADD COLUMN require_auth_time BOOLEAN NOT NULL DEFAULT false,
            ADD COLUMN subject_type TEXT NOT NULL DEFAULT 'public',
            ADD COLUMN sector_identifier TEXT,
            ADD COLUMN sector_identifier_uri TEXT,
            ADD COLUMN userinfo_signed_response_alg TEXT,
            ADD COLUMN request_object_signing_alg TEXT,
            ADD COLUMN logo_uri TEXT,
            ADD COLUMN policy_uri TEXT,
            ADD COLUMN tos_uri TEXT,
            ADD COLUMN client_uri TEXT,
            ADD COLUMN former_secret_hash BYTEA,
            ADD COLUMN former_secret_until TIMESTAMPTZ;
        UPDATE client SET profile = 'compatible' WHERE NOT require_pkce AND auth_method <> 'none';
        ALTER TABLE initial_access_token ADD COLUMN profile TEXT NOT NULL DEFAULT 'strict';
        COMMENT ON COLUMN client.profile IS 'strict, compatible or fapi2';
        COMMENT ON COLUMN client.require_pkce IS 'of the last version; profile decides';
        COMMENT ON COLUMN client.former_secret_hash IS 'counts beside secret_hash until former_secret_until';
        COMMENT ON COLUMN initial_access_token.profile IS 'profile of the clients that register with it';
        """
    )

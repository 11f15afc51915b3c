"""Keys, tokens, second factors, sections, sign-outs and what needs two people."""

from pingshan_kit.migrations.steps import execute_script

revision = "0003"
down_revision = "0002"

_TABLES = """
CREATE TABLE dpop_proof (
    jkt TEXT NOT NULL,
    jti_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dpop_proof PRIMARY KEY (jkt, jti_hash)
);
CREATE INDEX ix_dpop_proof_expires_at ON dpop_proof (expires_at);
CREATE TABLE pushed_request (
    request_uri_hash BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    parameters_encrypted BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_pushed_request PRIMARY KEY (request_uri_hash)
);
CREATE INDEX ix_pushed_request_expires_at ON pushed_request (expires_at);
CREATE TABLE revoked_token (
    token_id TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_revoked_token PRIMARY KEY (token_id)
);
CREATE INDEX ix_revoked_token_expires_at ON revoked_token (expires_at);
CREATE TABLE signing_key (
    kid TEXT NOT NULL,
    alg TEXT NOT NULL,
    private_encrypted BYTEA,
    public_jwk JSONB NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signs_from TIMESTAMP WITH TIME ZONE NOT NULL,
    signs_until TIMESTAMP WITH TIME ZONE NOT NULL,
    published_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_signing_key PRIMARY KEY (kid)
);
CREATE TABLE sms_challenge (
    challenge_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    mobile_index BYTEA NOT NULL,
    mobile_encrypted BYTEA,
    code_hash BYTEA NOT NULL,
    notification_id TEXT,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sms_challenge PRIMARY KEY (challenge_id)
);
CREATE INDEX ix_sms_challenge_expires_at ON sms_challenge (expires_at);
CREATE INDEX ix_sms_challenge_mobile_index ON sms_challenge (mobile_index, sent_at);
CREATE TABLE section (
    section_id UUID NOT NULL,
    organisation TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_section PRIMARY KEY (section_id),
    CONSTRAINT fk_section_organisation FOREIGN KEY(organisation) REFERENCES organisation (code)
);
CREATE UNIQUE INDEX uq_section_open_name ON section (organisation, name_zh) WHERE closed_at IS NULL;
CREATE TABLE change_request (
    change_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    details JSONB NOT NULL,
    reason TEXT NOT NULL,
    requested_by UUID NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision TEXT,
    decision_reason TEXT,
    outcome_encrypted BYTEA,
    CONSTRAINT pk_change_request PRIMARY KEY (change_id),
    CONSTRAINT fk_change_request_requested_by FOREIGN KEY(requested_by) REFERENCES person (person_id),
    CONSTRAINT fk_change_request_decided_by FOREIGN KEY(decided_by) REFERENCES person (person_id)
);
CREATE INDEX ix_change_request_open ON change_request (requested_at) WHERE decided_at IS NULL;
CREATE TABLE connection_test (
    test_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    begun_by UUID NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    steps JSONB NOT NULL,
    CONSTRAINT pk_connection_test PRIMARY KEY (test_id),
    CONSTRAINT fk_connection_test_client_id FOREIGN KEY(client_id) REFERENCES client (client_id),
    CONSTRAINT fk_connection_test_begun_by FOREIGN KEY(begun_by) REFERENCES person (person_id)
);
CREATE INDEX ix_connection_test_client_id ON connection_test (client_id, begun_at);
CREATE TABLE consent (
    person_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_consent PRIMARY KEY (person_id, client_id),
    CONSTRAINT fk_consent_person_id FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT fk_consent_client_id FOREIGN KEY(client_id) REFERENCES client (client_id)
);
CREATE TABLE initial_access_token (
    token_hash BYTEA NOT NULL,
    owner TEXT NOT NULL,
    made_by UUID,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    uses_left INTEGER NOT NULL,
    CONSTRAINT pk_initial_access_token PRIMARY KEY (token_hash),
    CONSTRAINT fk_initial_access_token_owner FOREIGN KEY(owner) REFERENCES organisation (code),
    CONSTRAINT fk_initial_access_token_made_by FOREIGN KEY(made_by) REFERENCES person (person_id)
);
CREATE TABLE passkey (
    credential_id BYTEA NOT NULL,
    person_id UUID NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    transports TEXT[] NOT NULL,
    aaguid UUID NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passkey PRIMARY KEY (credential_id),
    CONSTRAINT fk_passkey_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE INDEX ix_passkey_person_id ON passkey (person_id);
CREATE TABLE person_import (
    import_id UUID NOT NULL,
    organisation TEXT,
    uploaded_by UUID NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    file_name TEXT NOT NULL,
    sheet_encrypted BYTEA NOT NULL,
    rows INTEGER NOT NULL,
    wrong_rows INTEGER NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE,
    passwords_encrypted BYTEA,
    applied_at TIMESTAMP WITH TIME ZONE,
    discarded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_person_import PRIMARY KEY (import_id),
    CONSTRAINT fk_person_import_organisation FOREIGN KEY(organisation) REFERENCES organisation (code),
    CONSTRAINT fk_person_import_uploaded_by FOREIGN KEY(uploaded_by) REFERENCES person (person_id)
);
CREATE INDEX ix_person_import_uploaded_at ON person_import (uploaded_at);
CREATE TABLE recovery_code (
    person_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, code_hash),
    CONSTRAINT fk_recovery_code_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE TABLE totp (
    person_id UUID NOT NULL,
    secret_encrypted BYTEA NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    last_step BIGINT DEFAULT '0' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_totp PRIMARY KEY (person_id),
    CONSTRAINT fk_totp_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE TABLE upstream_attempt (
    state_hash BYTEA NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL,
    browser_hash BYTEA NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    person_id UUID,
    attempt_hash BYTEA,
    continuation TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_upstream_attempt PRIMARY KEY (state_hash),
    CONSTRAINT fk_upstream_attempt_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE INDEX ix_upstream_attempt_expires_at ON upstream_attempt (expires_at);
CREATE TABLE upstream_identity (
    provider TEXT NOT NULL,
    subject_index BYTEA NOT NULL,
    person_id UUID NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_upstream_identity PRIMARY KEY (provider, subject_index),
    CONSTRAINT fk_upstream_identity_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE INDEX ix_upstream_identity_person_id ON upstream_identity (person_id);
CREATE TABLE sign_in_attempt (
    attempt_hash BYTEA NOT NULL,
    browser_hash BYTEA NOT NULL,
    realm TEXT NOT NULL,
    person_id UUID,
    level INTEGER NOT NULL,
    acr INTEGER NOT NULL,
    amr TEXT[] NOT NULL,
    session_id TEXT,
    continuation TEXT NOT NULL,
    challenge BYTEA,
    sms_challenge_id UUID,
    failures INTEGER DEFAULT '0' NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_attempt PRIMARY KEY (attempt_hash),
    CONSTRAINT fk_sign_in_attempt_person_id FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT fk_sign_in_attempt_session_id FOREIGN KEY(session_id) REFERENCES sso_session (session_id),
    CONSTRAINT fk_sign_in_attempt_sms_challenge_id FOREIGN KEY(sms_challenge_id) REFERENCES sms_challenge (challenge_id)
);
CREATE INDEX ix_sign_in_attempt_expires_at ON sign_in_attempt (expires_at);
CREATE TABLE sign_out (
    sign_out_id UUID NOT NULL,
    person_id UUID NOT NULL,
    session_id TEXT,
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    receipt TEXT,
    version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT pk_sign_out PRIMARY KEY (sign_out_id),
    CONSTRAINT fk_sign_out_person_id FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT fk_sign_out_session_id FOREIGN KEY(session_id) REFERENCES sso_session (session_id)
);
CREATE INDEX ix_sign_out_open ON sign_out (requested_at) WHERE completed_at IS NULL;
CREATE INDEX ix_sign_out_person_id ON sign_out (person_id, requested_at);
CREATE INDEX ix_sign_out_requested_at ON sign_out (requested_at);
CREATE TABLE device_authorization (
    device_code_hash BYTEA NOT NULL,
    user_code_index BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT,
    dpop_jkt TEXT,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    poll_interval INTEGER NOT NULL,
    polled_at TIMESTAMP WITH TIME ZONE,
    grant_id UUID,
    denied_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_device_authorization PRIMARY KEY (device_code_hash),
    CONSTRAINT uq_device_authorization_user_code_index UNIQUE (user_code_index),
    CONSTRAINT fk_device_authorization_client_id FOREIGN KEY(client_id) REFERENCES client (client_id),
    CONSTRAINT fk_device_authorization_grant_id FOREIGN KEY(grant_id) REFERENCES access_grant (grant_id)
);
CREATE INDEX ix_device_authorization_expires_at ON device_authorization (expires_at);
CREATE TABLE logout_delivery (
    sign_out_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    failure TEXT,
    attempted_at TIMESTAMP WITH TIME ZONE,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    alive_until TIMESTAMP WITH TIME ZONE,
    event_id UUID NOT NULL,
    CONSTRAINT pk_logout_delivery PRIMARY KEY (sign_out_id, client_id),
    CONSTRAINT fk_logout_delivery_sign_out_id FOREIGN KEY(sign_out_id) REFERENCES sign_out (sign_out_id),
    CONSTRAINT fk_logout_delivery_client_id FOREIGN KEY(client_id) REFERENCES client (client_id),
    CONSTRAINT uq_logout_delivery_event_id UNIQUE (event_id)
);
CREATE INDEX ix_logout_delivery_client_id ON logout_delivery (client_id, state);
CREATE TABLE refresh_token (
    token_hash BYTEA NOT NULL,
    grant_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    answer_encrypted BYTEA,
    CONSTRAINT pk_refresh_token PRIMARY KEY (token_hash),
    CONSTRAINT fk_refresh_token_grant_id FOREIGN KEY(grant_id) REFERENCES access_grant (grant_id)
);
CREATE INDEX ix_refresh_token_expires_at ON refresh_token (expires_at);
CREATE INDEX ix_refresh_token_grant_id ON refresh_token (grant_id);
"""

_COLUMNS = """
ALTER TABLE person ADD COLUMN section_id UUID CONSTRAINT fk_person_section_id REFERENCES section (section_id);
ALTER TABLE person ADD COLUMN joined_on DATE;
ALTER TABLE person ADD COLUMN leaves_on DATE;
ALTER TABLE person ADD COLUMN real_name_level INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE person ADD COLUMN version INTEGER DEFAULT '1' NOT NULL;
ALTER TABLE person_post ADD COLUMN acting_for UUID CONSTRAINT fk_person_post_acting_for REFERENCES person (person_id);
ALTER TABLE representation ADD COLUMN holder_name_encrypted BYTEA;
ALTER TABLE representation ADD COLUMN scope TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE representation ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE password ADD COLUMN must_change BOOLEAN DEFAULT 'false' NOT NULL;
ALTER TABLE client ADD COLUMN backchannel_logout_uri TEXT;
ALTER TABLE client ADD COLUMN application_type TEXT DEFAULT 'web' NOT NULL;
ALTER TABLE client ADD COLUMN third_party BOOLEAN DEFAULT 'false' NOT NULL;
ALTER TABLE client ADD COLUMN scopes TEXT[] DEFAULT '{openid,profile}' NOT NULL;
ALTER TABLE client ADD COLUMN jwks JSONB;
ALTER TABLE client ADD COLUMN id_token_alg TEXT DEFAULT 'ES256' NOT NULL;
ALTER TABLE client ADD COLUMN require_pkce BOOLEAN DEFAULT 'true' NOT NULL;
ALTER TABLE client ADD COLUMN require_par BOOLEAN DEFAULT 'false' NOT NULL;
ALTER TABLE client ADD COLUMN dpop_bound BOOLEAN DEFAULT 'false' NOT NULL;
ALTER TABLE client ADD COLUMN required_real_name_level INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE client ADD COLUMN registration_token_hash BYTEA;
ALTER TABLE client ADD COLUMN created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;
ALTER TABLE client ADD COLUMN disabled_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE access_grant ADD COLUMN audience TEXT;
ALTER TABLE access_grant ADD COLUMN claims JSONB;
ALTER TABLE access_grant ADD COLUMN dpop_jkt TEXT;
ALTER TABLE access_grant ADD COLUMN auth_time TIMESTAMP WITH TIME ZONE;
ALTER TABLE access_grant ADD COLUMN acr INTEGER;
ALTER TABLE access_grant ADD COLUMN end_reason TEXT;
ALTER TABLE access_grant ADD COLUMN version INTEGER DEFAULT '1' NOT NULL;
ALTER TABLE authorization_code ADD COLUMN dpop_jkt TEXT;
ALTER TABLE authorization_code ALTER COLUMN code_challenge DROP NOT NULL;
CREATE INDEX ix_person_post_acting_for ON person_post (acting_for) WHERE acting_for IS NOT NULL;
"""


def upgrade() -> None:
    execute_script(_TABLES + _COLUMNS)

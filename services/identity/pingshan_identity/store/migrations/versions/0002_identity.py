"""Tables of identity: organisations, people, clients, sessions, grants, throttles."""

from pingshan_kit.migrations.steps import execute_script

revision = "0002"
down_revision = None

_TABLES = """
CREATE TABLE client_assertion (
    client_id TEXT NOT NULL,
    jti_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_client_assertion PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX ix_client_assertion_expires_at ON client_assertion (expires_at);
CREATE TABLE organisation (
    code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT,
    unified_social_credit_code TEXT,
    licence_agency BOOLEAN NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (code),
    CONSTRAINT fk_organisation_parent FOREIGN KEY(parent) REFERENCES organisation (code) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_organisation_unified_social_credit_code UNIQUE (unified_social_credit_code)
);
CREATE TABLE post (
    code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT pk_post PRIMARY KEY (code)
);
CREATE TABLE sign_in_throttle (
    key BYTEA NOT NULL,
    attempts INTEGER NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sign_in_throttle PRIMARY KEY (key)
);
CREATE TABLE client (
    client_id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    protocol TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    secret_hash BYTEA,
    grant_types TEXT[] NOT NULL,
    redirect_uris TEXT[] NOT NULL,
    post_logout_redirect_uris TEXT[] NOT NULL,
    realms TEXT[] NOT NULL,
    audiences TEXT[] NOT NULL,
    open_to TEXT[] NOT NULL,
    launch_uri TEXT,
    required_level INTEGER NOT NULL,
    backchannel_logout BOOLEAN NOT NULL,
    CONSTRAINT pk_client PRIMARY KEY (client_id),
    CONSTRAINT fk_client_owner FOREIGN KEY(owner) REFERENCES organisation (code)
);
CREATE TABLE person (
    person_id UUID NOT NULL,
    realm TEXT NOT NULL,
    login_name TEXT,
    name_encrypted BYTEA NOT NULL,
    mobile_encrypted BYTEA,
    mobile_index BYTEA,
    person_number_encrypted BYTEA,
    person_number_index BYTEA,
    organisation TEXT,
    language TEXT DEFAULT 'zh-Hans' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_person PRIMARY KEY (person_id),
    CONSTRAINT uq_person_login_name UNIQUE (login_name),
    CONSTRAINT uq_person_person_number_index UNIQUE (person_number_index),
    CONSTRAINT fk_person_organisation FOREIGN KEY(organisation) REFERENCES organisation (code)
);
CREATE INDEX ix_person_organisation ON person (organisation);
CREATE UNIQUE INDEX uq_person_public_mobile ON person (mobile_index) WHERE realm = 'public';
CREATE TABLE post_role (
    post TEXT NOT NULL,
    audience TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_post_role PRIMARY KEY (post, audience, role),
    CONSTRAINT fk_post_role_post FOREIGN KEY(post) REFERENCES post (code)
);
CREATE TABLE client_role (
    client_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_client_role PRIMARY KEY (client_id, audience, role),
    CONSTRAINT fk_client_role_client_id FOREIGN KEY(client_id) REFERENCES client (client_id)
);
CREATE TABLE password (
    person_id UUID NOT NULL,
    hash TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_password PRIMARY KEY (person_id),
    CONSTRAINT fk_password_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE TABLE person_post (
    person_id UUID NOT NULL,
    post TEXT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    CONSTRAINT pk_person_post PRIMARY KEY (person_id, post, since),
    CONSTRAINT fk_person_post_person_id FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT fk_person_post_post FOREIGN KEY(post) REFERENCES post (code)
);
CREATE INDEX ix_person_post_post ON person_post (post);
CREATE TABLE representation (
    representation_id UUID NOT NULL,
    person_id UUID NOT NULL,
    holder_index BYTEA NOT NULL,
    holder_encrypted BYTEA NOT NULL,
    kind TEXT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    CONSTRAINT pk_representation PRIMARY KEY (representation_id),
    CONSTRAINT uq_representation_person_id_holder_index_since UNIQUE (person_id, holder_index, since),
    CONSTRAINT fk_representation_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE INDEX ix_representation_holder_index ON representation (holder_index);
CREATE TABLE sso_session (
    session_id TEXT NOT NULL,
    cookie_hash BYTEA NOT NULL,
    realm TEXT NOT NULL,
    person_id UUID NOT NULL,
    acr INTEGER NOT NULL,
    amr TEXT[] NOT NULL,
    auth_time TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    device TEXT NOT NULL,
    network_encrypted BYTEA NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT,
    CONSTRAINT pk_sso_session PRIMARY KEY (session_id),
    CONSTRAINT uq_sso_session_cookie_hash UNIQUE (cookie_hash),
    CONSTRAINT fk_sso_session_person_id FOREIGN KEY(person_id) REFERENCES person (person_id)
);
CREATE INDEX ix_sso_session_live ON sso_session (started_at) WHERE ended_at IS NULL;
CREATE INDEX ix_sso_session_person_id ON sso_session (person_id);
CREATE TABLE access_grant (
    grant_id UUID NOT NULL,
    session_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_access_grant PRIMARY KEY (grant_id),
    CONSTRAINT fk_access_grant_session_id FOREIGN KEY(session_id) REFERENCES sso_session (session_id),
    CONSTRAINT fk_access_grant_client_id FOREIGN KEY(client_id) REFERENCES client (client_id)
);
CREATE INDEX ix_access_grant_session_id ON access_grant (session_id);
CREATE TABLE authorization_code (
    code_hash BYTEA NOT NULL,
    grant_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    nonce TEXT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_authorization_code PRIMARY KEY (code_hash),
    CONSTRAINT fk_authorization_code_grant_id FOREIGN KEY(grant_id) REFERENCES access_grant (grant_id)
);
CREATE INDEX ix_authorization_code_expires_at ON authorization_code (expires_at);
"""


def upgrade() -> None:
    execute_script(_TABLES)

"""Hotspots and controllers, visitors and their sign-ins, sessions and their accounting."""

from pingshan_kit.migrations.steps import execute_script

revision = "0002"
down_revision = None

_NETWORK = """
CREATE TABLE controller (
    controller_id TEXT NOT NULL,
    vendor TEXT NOT NULL,
    nas_identifier TEXT NOT NULL,
    address TEXT NOT NULL,
    street TEXT NOT NULL,
    portal_protocol TEXT NOT NULL,
    login_url TEXT NOT NULL,
    coa BOOLEAN NOT NULL,
    require_message_authenticator TEXT NOT NULL,
    message_authenticator_seen BOOLEAN DEFAULT 'false' NOT NULL,
    octets_swapped BOOLEAN NOT NULL,
    secret BYTEA NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    last_packet_at TIMESTAMP WITH TIME ZONE,
    stopped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_controller PRIMARY KEY (controller_id),
    CONSTRAINT ck_controller_require_message_authenticator CHECK (require_message_authenticator IN ('yes', 'auto')),
    CONSTRAINT uq_controller_nas_identifier UNIQUE (nas_identifier),
    CONSTRAINT uq_controller_address UNIQUE (address)
);
CREATE TABLE hotspot (
    hotspot_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    street TEXT NOT NULL,
    community TEXT NOT NULL,
    longitude FLOAT NOT NULL,
    latitude FLOAT NOT NULL,
    indoor BOOLEAN NOT NULL,
    hours TEXT NOT NULL,
    shelter BOOLEAN NOT NULL,
    priority INTEGER NOT NULL,
    uplink_mbps INTEGER NOT NULL,
    access_point_count INTEGER NOT NULL,
    controller_id TEXT NOT NULL,
    CONSTRAINT pk_hotspot PRIMARY KEY (hotspot_id),
    CONSTRAINT fk_hotspot_controller_id FOREIGN KEY(controller_id) REFERENCES controller (controller_id)
);
CREATE INDEX ix_hotspot_controller_id ON hotspot (controller_id);
CREATE INDEX ix_hotspot_street ON hotspot (street);
CREATE TABLE access_point (
    access_point_id TEXT NOT NULL,
    hotspot_id TEXT NOT NULL,
    controller_id TEXT NOT NULL,
    mac TEXT NOT NULL,
    called_station_id TEXT NOT NULL,
    CONSTRAINT pk_access_point PRIMARY KEY (access_point_id),
    CONSTRAINT fk_access_point_hotspot_id FOREIGN KEY(hotspot_id) REFERENCES hotspot (hotspot_id),
    CONSTRAINT fk_access_point_controller_id FOREIGN KEY(controller_id) REFERENCES controller (controller_id),
    CONSTRAINT uq_access_point_mac UNIQUE (mac),
    CONSTRAINT uq_access_point_called_station_id UNIQUE (called_station_id)
);
CREATE INDEX ix_access_point_hotspot_id ON access_point (hotspot_id);
CREATE TABLE plan (
    plan_id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    daily_octets BIGINT NOT NULL,
    rate_kbps INTEGER NOT NULL,
    slowed_kbps INTEGER NOT NULL,
    warn_percent INTEGER NOT NULL,
    session_seconds INTEGER NOT NULL,
    idle_seconds INTEGER NOT NULL,
    interim_seconds INTEGER NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (plan_id)
);
"""

_PEOPLE = """
CREATE TABLE visitor (
    visitor_id UUID NOT NULL,
    mobile_index BYTEA NOT NULL,
    mobile BYTEA NOT NULL,
    language TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_visitor PRIMARY KEY (visitor_id),
    CONSTRAINT uq_visitor_mobile_index UNIQUE (mobile_index),
    CONSTRAINT fk_visitor_plan_id FOREIGN KEY(plan_id) REFERENCES plan (plan_id)
);
CREATE TABLE sign_in (
    sign_in_id UUID NOT NULL,
    controller_id TEXT NOT NULL,
    hotspot_id TEXT NOT NULL,
    device_mac TEXT NOT NULL,
    mobile_index BYTEA NOT NULL,
    mobile BYTEA NOT NULL,
    network TEXT NOT NULL,
    language TEXT NOT NULL,
    code BYTEA NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    notification_id TEXT DEFAULT '' NOT NULL,
    failure TEXT DEFAULT '' NOT NULL,
    consented_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    status_token BYTEA,
    CONSTRAINT pk_sign_in PRIMARY KEY (sign_in_id),
    CONSTRAINT ck_sign_in_state CHECK (state IN ('pending', 'verified', 'replaced')),
    CONSTRAINT fk_sign_in_controller_id FOREIGN KEY(controller_id) REFERENCES controller (controller_id),
    CONSTRAINT fk_sign_in_hotspot_id FOREIGN KEY(hotspot_id) REFERENCES hotspot (hotspot_id),
    CONSTRAINT uq_sign_in_status_token UNIQUE (status_token)
);
CREATE INDEX ix_sign_in_device ON sign_in (device_mac, sent_at);
CREATE INDEX ix_sign_in_mobile ON sign_in (mobile_index, sent_at);
CREATE INDEX ix_sign_in_network ON sign_in (network, sent_at);
CREATE UNIQUE INDEX uq_sign_in_pending ON sign_in (controller_id, device_mac) WHERE state = 'pending';
CREATE TABLE login_token (
    username TEXT NOT NULL,
    sign_in_id UUID NOT NULL,
    visitor_id UUID NOT NULL,
    controller_id TEXT NOT NULL,
    device_mac TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    used_by BYTEA,
    session_id UUID,
    traceparent TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_login_token PRIMARY KEY (username),
    CONSTRAINT fk_login_token_sign_in_id FOREIGN KEY(sign_in_id) REFERENCES sign_in (sign_in_id),
    CONSTRAINT fk_login_token_visitor_id FOREIGN KEY(visitor_id) REFERENCES visitor (visitor_id),
    CONSTRAINT fk_login_token_controller_id FOREIGN KEY(controller_id) REFERENCES controller (controller_id)
);
CREATE TABLE usage (
    visitor_id UUID NOT NULL,
    day DATE NOT NULL,
    octets BIGINT NOT NULL,
    exhausted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_usage PRIMARY KEY (visitor_id, day),
    CONSTRAINT fk_usage_visitor_id FOREIGN KEY(visitor_id) REFERENCES visitor (visitor_id)
)
 WITH (fillfactor = 70);
"""

_SESSIONS = """
CREATE TABLE wifi_session (
    session_id UUID NOT NULL,
    controller_id TEXT NOT NULL,
    hotspot_id TEXT NOT NULL,
    device_mac TEXT NOT NULL,
    acct_session_id TEXT NOT NULL,
    visitor_id UUID,
    sign_in_id UUID,
    version INTEGER DEFAULT '1' NOT NULL,
    framed_ip TEXT DEFAULT '' NOT NULL,
    authorised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    last_report_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_cause TEXT DEFAULT '' NOT NULL,
    input_octets BIGINT DEFAULT '0' NOT NULL,
    output_octets BIGINT DEFAULT '0' NOT NULL,
    counter_input BIGINT DEFAULT '0' NOT NULL,
    counter_output BIGINT DEFAULT '0' NOT NULL,
    session_seconds BIGINT DEFAULT '0' NOT NULL,
    rate_kbps INTEGER DEFAULT '0' NOT NULL,
    slowed BOOLEAN DEFAULT 'false' NOT NULL,
    policy_version INTEGER DEFAULT '1' NOT NULL,
    applied_version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT pk_wifi_session PRIMARY KEY (session_id),
    CONSTRAINT fk_wifi_session_controller_id FOREIGN KEY(controller_id) REFERENCES controller (controller_id),
    CONSTRAINT fk_wifi_session_hotspot_id FOREIGN KEY(hotspot_id) REFERENCES hotspot (hotspot_id),
    CONSTRAINT fk_wifi_session_visitor_id FOREIGN KEY(visitor_id) REFERENCES visitor (visitor_id),
    CONSTRAINT fk_wifi_session_sign_in_id FOREIGN KEY(sign_in_id) REFERENCES sign_in (sign_in_id)
)
 WITH (fillfactor = 70);
CREATE INDEX ix_wifi_session_device ON wifi_session (device_mac, authorised_at);
CREATE INDEX ix_wifi_session_open ON wifi_session (hotspot_id) WHERE ended_at IS NULL;
CREATE INDEX ix_wifi_session_open_address ON wifi_session (framed_ip) WHERE ended_at IS NULL;
CREATE INDEX ix_wifi_session_open_controller ON wifi_session (controller_id, acct_session_id) WHERE ended_at IS NULL;
CREATE INDEX ix_wifi_session_sign_in ON wifi_session (sign_in_id);
CREATE INDEX ix_wifi_session_visitor ON wifi_session (visitor_id, authorised_at);
CREATE TABLE radius_drop (
    day DATE NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    packets BIGINT NOT NULL,
    CONSTRAINT pk_radius_drop PRIMARY KEY (day, source, reason)
);
"""

_COMMENTS = """
COMMENT ON COLUMN controller.address IS 'source address of its RADIUS packets';
COMMENT ON COLUMN controller.login_url IS 'where it takes the one-time login token';
COMMENT ON COLUMN controller.secret IS 'encrypted shared secret';
COMMENT ON COLUMN controller.stopped_at IS 'its Accounting-Off; empty again after Accounting-On';
COMMENT ON COLUMN radius_drop.day IS 'in Shanghai';
COMMENT ON COLUMN radius_drop.source IS 'controller id, or unknown';
COMMENT ON COLUMN visitor.mobile_index IS 'personal';
COMMENT ON COLUMN visitor.mobile IS 'personal';
COMMENT ON COLUMN sign_in.mobile_index IS 'personal';
COMMENT ON COLUMN sign_in.mobile IS 'personal';
COMMENT ON COLUMN sign_in.network IS 'where the request came from: /24 or /48';
COMMENT ON COLUMN sign_in.code IS 'keyed hash';
COMMENT ON COLUMN sign_in.consented_at IS 'to the terms and to keeping the records the law asks for';
COMMENT ON COLUMN sign_in.status_token IS 'SHA-256 of the status page''s address';
COMMENT ON COLUMN usage.day IS 'in Shanghai';
COMMENT ON COLUMN login_token.used_by IS 'authenticator of the request that used it: its retransmission is answered';
COMMENT ON COLUMN login_token.session_id IS 'the session that it opened';
COMMENT ON COLUMN wifi_session.visitor_id IS 'empty where nobody signed in here';
COMMENT ON COLUMN wifi_session.expires_at IS 'Session-Timeout';
COMMENT ON COLUMN wifi_session.applied_version IS 'policy the controller confirmed';
"""


def upgrade() -> None:
    execute_script(_NETWORK + _PEOPLE + _SESSIONS + _COMMENTS)

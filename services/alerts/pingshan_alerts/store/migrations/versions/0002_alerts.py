"""Alerts, who is told of them, and what is sent to whom."""

from pingshan_kit.migrations.steps import execute_script

revision = "0002"
down_revision = None

_ALERTS = """
CREATE TABLE alert (
    alert_id text GENERATED ALWAYS AS
        ('GJ-' || year::text || '-' || lpad(number::text, greatest(6, length(number::text)), '0')) STORED
        CONSTRAINT pk_alert PRIMARY KEY,
    year smallint NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL DEFAULT 1,
    kind text NOT NULL,
    source text NOT NULL CONSTRAINT ck_alert_source CHECK (source IN ('video', 'pole', 'api', 'event')),
    title_zh text NOT NULL,
    title_en text NOT NULL,
    level smallint NOT NULL CONSTRAINT ck_alert_level CHECK (level BETWEEN 1 AND 4),
    state text NOT NULL DEFAULT 'open'
        CONSTRAINT ck_alert_state CHECK (state IN ('open', 'acknowledged', 'resolved')),
    fingerprint text NOT NULL,
    owners text[] NOT NULL,
    street text NOT NULL,
    lon double precision,
    lat double precision,
    labels jsonb NOT NULL,
    report_count integer NOT NULL DEFAULT 1,
    raised_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    resolved_at timestamptz
);
CREATE UNIQUE INDEX uq_alert_live_fingerprint ON alert (fingerprint) WHERE state <> 'resolved';
CREATE INDEX ix_alert_updated_at ON alert (updated_at);
CREATE TABLE report (
    report_id uuid CONSTRAINT pk_report PRIMARY KEY,
    alert_id text NOT NULL CONSTRAINT fk_report_alert_id REFERENCES alert,
    source text NOT NULL,
    sender text NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_report_alert_id ON report (alert_id);
CREATE TABLE audience (
    alert_id text CONSTRAINT fk_audience_alert_id REFERENCES alert,
    who text,
    organisations text[] NOT NULL,
    post text NOT NULL,
    channels text[] NOT NULL,
    within_minutes integer,
    acknowledge_by timestamptz,
    escalate_to text,
    escalated_at timestamptz,
    CONSTRAINT pk_audience PRIMARY KEY (alert_id, who)
);
CREATE TABLE acknowledgement (
    alert_id text CONSTRAINT fk_acknowledgement_alert_id REFERENCES alert,
    organisation text,
    person_id text NOT NULL,
    note text NOT NULL,
    acknowledged_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_acknowledgement PRIMARY KEY (alert_id, organisation)
);
CREATE TABLE entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_entry PRIMARY KEY,
    alert_id text NOT NULL CONSTRAINT fk_entry_alert_id REFERENCES alert,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    act text NOT NULL,
    actor text NOT NULL,
    organisation text NOT NULL DEFAULT '',
    details jsonb NOT NULL
);
CREATE INDEX ix_entry_alert_id ON entry (alert_id);
"""

_DELIVERIES = """
CREATE TABLE delivery (
    delivery_id uuid CONSTRAINT pk_delivery PRIMARY KEY,
    alert_id text NOT NULL CONSTRAINT fk_delivery_alert_id REFERENCES alert,
    organisation text NOT NULL,
    post text NOT NULL,
    channel text NOT NULL
        CONSTRAINT ck_delivery_channel CHECK (channel IN ('wall', 'app', 'sms', 'voice', 'webhook')),
    state text NOT NULL
        CONSTRAINT ck_delivery_state CHECK (state IN ('queued', 'sent', 'delivered', 'failed', 'not_available')),
    failure_code text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_delivery_alert_id_organisation_post_channel UNIQUE (alert_id, organisation, post, channel)
);
CREATE INDEX ix_delivery_updated_at ON delivery (updated_at);
CREATE INDEX ix_delivery_organisation_alert_id ON delivery (organisation, alert_id);
CREATE INDEX ix_delivery_unshown ON delivery (organisation) WHERE state = 'sent';
CREATE TABLE notification (
    notification_id uuid CONSTRAINT pk_notification PRIMARY KEY,
    caller text NOT NULL,
    template_id text NOT NULL,
    language text NOT NULL,
    mobile_number bytea NOT NULL,
    variables bytea,
    state text NOT NULL DEFAULT 'queued'
        CONSTRAINT ck_notification_state CHECK (state IN ('queued', 'sent', 'delivered', 'failed')),
    attempts smallint NOT NULL DEFAULT 0,
    failure_code text NOT NULL DEFAULT '',
    delivery_id uuid CONSTRAINT fk_notification_delivery_id REFERENCES delivery,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    finished_at timestamptz
);
COMMENT ON COLUMN notification.variables IS 'erased once the carrier has taken it';
CREATE INDEX ix_notification_delivery_id ON notification (delivery_id);
CREATE INDEX ix_notification_created_at ON notification (created_at);
CREATE TABLE webhook (
    organisation text CONSTRAINT pk_webhook PRIMARY KEY,
    url text NOT NULL,
    secret bytea NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE organisation (
    code text CONSTRAINT pk_organisation PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    execute_script(_ALERTS + _DELIVERIES)

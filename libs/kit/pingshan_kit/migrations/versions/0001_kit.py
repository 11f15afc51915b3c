"""The kit's tables.

`event_log` has one partition per month. The runtime role owns nothing, so a function of the owner makes the
partitions ahead and drops those whose time is over.
"""

from pingshan_kit.migrations.steps import execute_script

revision = "0001"
down_revision = None

_DELIVERY = """
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT uq_outbox_event_id UNIQUE,
    subject text NOT NULL,
    aggregate_id text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text NOT NULL,
    payload text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE event_log (
    published_at timestamptz NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    subject text NOT NULL,
    aggregate_id text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text NOT NULL,
    payload text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_event_log PRIMARY KEY (published_at, position)
) PARTITION BY RANGE (published_at);
CREATE INDEX ix_event_log_correlation_id ON event_log (correlation_id);
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);
CREATE INDEX ix_inbox_received_at ON inbox (received_at);
CREATE TABLE inbox_version (
    consumer text NOT NULL,
    entity text NOT NULL,
    aggregate_id text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT pk_inbox_version PRIMARY KEY (consumer, entity, aggregate_id)
);
CREATE TABLE dead_letter (
    id uuid CONSTRAINT pk_dead_letter PRIMARY KEY,
    source text NOT NULL CONSTRAINT ck_dead_letter_source CHECK (source IN ('event', 'job')),
    handler text NOT NULL,
    message_id text NOT NULL,
    subject text NOT NULL,
    payload bytea NOT NULL,
    headers jsonb NOT NULL,
    code text NOT NULL,
    attempts integer NOT NULL,
    trace_id text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    died_at timestamptz,
    resolved_at timestamptz,
    resolution text CONSTRAINT ck_dead_letter_resolution CHECK (resolution IN ('retried', 'discarded')),
    resolved_by text,
    reason text,
    CONSTRAINT uq_dead_letter_source_handler_message_id UNIQUE (source, handler, message_id)
);
CREATE INDEX ix_dead_letter_open ON dead_letter (died_at) WHERE died_at IS NOT NULL AND resolved_at IS NULL;
"""

_WORK = """
CREATE TABLE command (
    caller text NOT NULL,
    request_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    response jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_command PRIMARY KEY (caller, request_id)
);
CREATE INDEX ix_command_created_at ON command (created_at);
CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_job PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CONSTRAINT ck_job_state CHECK (state IN ('queued', 'done', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease uuid,
    traceparent text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT uq_job_kind_key UNIQUE (kind, key)
);
CREATE INDEX ix_job_due ON job (run_at) WHERE state = 'queued';
CREATE TABLE page_session (
    id bytea CONSTRAINT pk_page_session PRIMARY KEY,
    session_id text NOT NULL,
    person_id text NOT NULL,
    actor bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN page_session.id IS 'SHA-256 of the cookie''s value';
COMMENT ON COLUMN page_session.session_id IS 'the sid claim';
COMMENT ON COLUMN page_session.actor IS 'encrypted: name, roles, posts, whom the person may act for';
CREATE INDEX ix_page_session_session_id ON page_session (session_id);
CREATE INDEX ix_page_session_expires_at ON page_session (expires_at);
"""

_RECORDS = """
CREATE TABLE record (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_record PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL,
    trace_id text NOT NULL
);
CREATE INDEX ix_record_subject ON record (subject);
CREATE TABLE record_pending (
    record_id bigint CONSTRAINT pk_record_pending PRIMARY KEY
        CONSTRAINT fk_record_pending_record_id REFERENCES record
);
CREATE TABLE record_seal (
    position bigint CONSTRAINT pk_record_seal PRIMARY KEY,
    record_id bigint NOT NULL CONSTRAINT uq_record_seal_record_id UNIQUE
        CONSTRAINT fk_record_seal_record_id REFERENCES record,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);
"""

_PARTITIONS = """
CREATE FUNCTION event_log_partitions(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date;
    expired text;
    dropped integer := 0;
BEGIN
    IF keep_days < 31 THEN
        RAISE EXCEPTION 'event_log keeps at least 31 days';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('event_log_partitions'));
    FOR ahead IN 0..3 LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead))::date;
        IF to_regclass('event_log_' || to_char(month, 'YYYY_MM')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF event_log FOR VALUES FROM (%L) TO (%L)',
                'event_log_' || to_char(month, 'YYYY_MM'),
                month || ' 00:00:00+00', (month + interval '1 month')::date || ' 00:00:00+00');
        END IF;
    END LOOP;
    FOR expired IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'event_log'::regclass
          AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' < now() - make_interval(days => keep_days)
    LOOP
        EXECUTE format('DROP TABLE %I', expired);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION event_log_partitions(integer) FROM PUBLIC;
"""


def upgrade() -> None:
    for script in (_DELIVERY, _WORK, _RECORDS, _PARTITIONS):
        execute_script(script)

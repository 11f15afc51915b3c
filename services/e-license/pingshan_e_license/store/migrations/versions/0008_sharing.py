"""Sharing items, consents, uses of data with their receipts, and counts."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0008"
down_revision = "0007"

_CONSENT = """
CREATE TABLE sharing_item (
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    definition JSONB NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_sharing_item PRIMARY KEY (code),
    CONSTRAINT uq_sharing_item_number UNIQUE (number)
);
COMMENT ON COLUMN sharing_item.number IS 'place in the list, from 1';
COMMENT ON COLUMN sharing_item.version IS 'of the list';
CREATE TABLE consent (
    consent_id UUID NOT NULL,
    item TEXT NOT NULL,
    requester TEXT NOT NULL,
    holder_code BYTEA NOT NULL,
    holder_code_index BYTEA NOT NULL,
    purpose BYTEA NOT NULL,
    fields JSONB NOT NULL,
    predicates JSONB NOT NULL,
    uses INTEGER NOT NULL,
    uses_left INTEGER NOT NULL,
    expires_on DATE NOT NULL,
    state TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_consent PRIMARY KEY (consent_id),
    CONSTRAINT fk_consent_item FOREIGN KEY(item) REFERENCES sharing_item (code),
    CONSTRAINT ck_consent_uses_left CHECK (uses_left BETWEEN 0 AND uses),
    CONSTRAINT ck_consent_state CHECK (state IN ('requested', 'granted', 'refused', 'withdrawn'))
);
COMMENT ON COLUMN consent.holder_code_index IS 'keyed HMAC of the holder code';
COMMENT ON COLUMN consent.expires_on IS 'last day';
CREATE INDEX ix_consent_holder_code_index_consent_id ON consent (holder_code_index, consent_id);
CREATE INDEX ix_consent_requester_consent_id ON consent (requester, consent_id);
"""

_USE = """
CREATE TABLE data_use_counter (
    holder_code_index BYTEA NOT NULL,
    uses BIGINT NOT NULL,
    CONSTRAINT pk_data_use_counter PRIMARY KEY (holder_code_index)
);
COMMENT ON COLUMN data_use_counter.holder_code_index IS 'keyed HMAC of the holder code';
COMMENT ON COLUMN data_use_counter.uses IS 'number of the holder''s newest use';
CREATE TABLE data_use (
    use_id UUID NOT NULL,
    holder_code_index BYTEA NOT NULL,
    number BIGINT NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    statement BYTEA NOT NULL,
    receipt TEXT NOT NULL,
    CONSTRAINT pk_data_use PRIMARY KEY (use_id),
    CONSTRAINT uq_data_use_holder_code_index_number UNIQUE (holder_code_index, number)
);
COMMENT ON COLUMN data_use.holder_code_index IS 'keyed HMAC of the holder code';
COMMENT ON COLUMN data_use.number IS 'from 1, without gaps, for each holder';
COMMENT ON COLUMN data_use.statement IS 'the use and its salt';
COMMENT ON COLUMN data_use.receipt IS 'a JWS, without personal data';
CREATE INDEX ix_data_use_holder_code_index_use_id ON data_use (holder_code_index, use_id);
CREATE TABLE kept_answer (
    use_id UUID NOT NULL,
    answer BYTEA NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_kept_answer PRIMARY KEY (use_id),
    CONSTRAINT fk_kept_answer_use_id FOREIGN KEY(use_id) REFERENCES data_use (use_id)
);
COMMENT ON COLUMN kept_answer.answer IS 'for a repeated request';
CREATE INDEX ix_kept_answer_answered_at ON kept_answer (answered_at);
CREATE TABLE verification_cursor (
    id INTEGER NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_verification_cursor PRIMARY KEY (id),
    CONSTRAINT ck_verification_cursor_id CHECK (id = 1)
);
COMMENT ON COLUMN verification_cursor.position IS 'of the seal up to which verifications are numbered';
"""

_COUNT = """
CREATE TABLE sharing_count (
    day DATE NOT NULL,
    requester TEXT NOT NULL,
    item TEXT NOT NULL,
    outcome TEXT NOT NULL,
    requests INTEGER NOT NULL,
    CONSTRAINT pk_sharing_count PRIMARY KEY (day, requester, item, outcome)
);
COMMENT ON COLUMN sharing_count.day IS 'of Asia/Shanghai';
CREATE TABLE holder_answer_count (
    item TEXT NOT NULL,
    holder_code_index BYTEA NOT NULL,
    day DATE NOT NULL,
    answers INTEGER NOT NULL,
    counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_holder_answer_count PRIMARY KEY (item, holder_code_index, day)
);
COMMENT ON COLUMN holder_answer_count.holder_code_index IS 'keyed HMAC of the holder code';
COMMENT ON COLUMN holder_answer_count.day IS 'of Asia/Shanghai';
CREATE INDEX ix_holder_answer_count_counted_at ON holder_answer_count (counted_at);
"""


def upgrade() -> None:
    for script in (_CONSENT, _USE, _COUNT):
        execute_script(script)

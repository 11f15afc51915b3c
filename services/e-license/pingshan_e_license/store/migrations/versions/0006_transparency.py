"""The transparency log, and the status lists."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0006"
down_revision = "0005"

_LOG = """
CREATE TABLE log_entry (
    entry_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    commitment BYTEA NOT NULL,
    opening BYTEA NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_log_entry PRIMARY KEY (entry_id)
);
COMMENT ON COLUMN log_entry.subject IS 'id of what the entry is about; never published';
COMMENT ON COLUMN log_entry.commitment IS 'HMAC-SHA-256 of the content under its salt';
CREATE INDEX ix_log_entry_subject_entry_id ON log_entry (subject, entry_id);
CREATE TABLE log_pending (
    entry_id UUID NOT NULL,
    CONSTRAINT pk_log_pending PRIMARY KEY (entry_id),
    CONSTRAINT fk_log_pending_entry_id FOREIGN KEY(entry_id) REFERENCES log_entry (entry_id)
);
COMMENT ON TABLE log_pending IS 'entries that have no index yet';
CREATE TABLE log_leaf (
    leaf_index BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_log_leaf PRIMARY KEY (leaf_index),
    CONSTRAINT uq_log_leaf_entry_id UNIQUE (entry_id),
    CONSTRAINT ck_log_leaf_leaf_index CHECK (leaf_index >= 0),
    CONSTRAINT fk_log_leaf_entry_id FOREIGN KEY(entry_id) REFERENCES log_entry (entry_id)
);
COMMENT ON COLUMN log_leaf.leaf_index IS 'from 0, without gaps';
COMMENT ON COLUMN log_leaf.hash IS 'leaf hash of RFC 9162';
CREATE TABLE log_node (
    level SMALLINT NOT NULL,
    node_index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_log_node PRIMARY KEY (level, node_index),
    CONSTRAINT ck_log_node_level CHECK (level >= 1)
);
COMMENT ON COLUMN log_node.level IS 'from 1; leaves are level 0';
COMMENT ON COLUMN log_node.node_index IS 'from 0 within the level';
COMMENT ON COLUMN log_node.hash IS 'root of a complete subtree of 2^level leaves';
CREATE TABLE log_checkpoint (
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    note TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_log_checkpoint PRIMARY KEY (size),
    CONSTRAINT ck_log_checkpoint_size CHECK (size >= 1)
);
COMMENT ON COLUMN log_checkpoint.note IS 'the signed note';
"""

_STATUS = """
CREATE TABLE status_list (
    type TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_status_list PRIMARY KEY (type, number),
    CONSTRAINT ck_status_list_size CHECK (size >= 1),
    CONSTRAINT fk_status_list_type FOREIGN KEY(type) REFERENCES license_type (code)
);
COMMENT ON COLUMN status_list.number IS 'from 1; the newest takes new licences';
COMMENT ON COLUMN status_list.size IS 'statuses that it has room for';
COMMENT ON COLUMN status_list.changed_at IS 'of the last change of a status';
COMMENT ON COLUMN status_list.version IS 'number of changes of a status';
CREATE TABLE license_status (
    type TEXT NOT NULL,
    list_number INTEGER NOT NULL,
    status_index INTEGER NOT NULL,
    license_id UUID NOT NULL,
    status SMALLINT NOT NULL,
    CONSTRAINT pk_license_status PRIMARY KEY (type, list_number, status_index),
    CONSTRAINT uq_license_status_license_id UNIQUE (license_id),
    CONSTRAINT ck_license_status_status_index CHECK (status_index >= 0),
    CONSTRAINT ck_license_status_status CHECK (status BETWEEN 0 AND 3),
    CONSTRAINT fk_license_status_license_id FOREIGN KEY(license_id) REFERENCES license (license_id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_license_status_type FOREIGN KEY(type, list_number) REFERENCES status_list (type, number)
);
CREATE INDEX ix_license_status_not_valid ON license_status (type, list_number, status_index) WHERE status <> 0;
"""


def upgrade() -> None:
    for script in (_LOG, _STATUS):
        execute_script(script)

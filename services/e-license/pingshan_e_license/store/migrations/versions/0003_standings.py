"""Licences are suspended, rescinded, cancelled and superseded too; what follows from a decision is flagged."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0003"
down_revision = "0002"

_STANDINGS = (
    "standing IN ('valid', 'suspended', 'revoked', 'rescinded', 'cancelled', 'lapsed', 'transferred_out', 'superseded')"
)

_LICENSE = f"""
ALTER TABLE license
    DROP CONSTRAINT ck_license_standing,
    ADD CONSTRAINT ck_license_standing CHECK ({_STANDINGS}) NOT VALID,
    ADD COLUMN is_flagged BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN license.is_flagged IS 'whether license_flag has a row of it that is not lifted';
"""

_TRANSITION = f"""
ALTER TABLE license_transition
    DROP CONSTRAINT ck_license_transition_standing,
    ADD CONSTRAINT ck_license_transition_standing CHECK ({_STANDINGS}) NOT VALID,
    ADD COLUMN act TEXT,
    ADD COLUMN decision_number TEXT NOT NULL DEFAULT '';
COMMENT ON COLUMN license_transition.act IS 'none in rows from before it was kept: an issue, or a revocation';
COMMENT ON COLUMN license_transition.decision_number IS 'of reconsideration or court';
"""

_FLAG = """
CREATE TABLE license_flag (
    license_id UUID NOT NULL,
    cause_id UUID NOT NULL,
    cause_number INTEGER NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_license_flag PRIMARY KEY (license_id, cause_id, cause_number),
    CONSTRAINT fk_license_flag_license_id FOREIGN KEY(license_id) REFERENCES license (license_id),
    CONSTRAINT fk_license_flag_cause_id FOREIGN KEY(cause_id, cause_number)
        REFERENCES license_transition (license_id, number)
);
COMMENT ON COLUMN license_flag.cause_id IS 'the licence whose decision, of cause_number, takes its ground away';
CREATE INDEX ix_license_flag_cause_id_cause_number ON license_flag (cause_id, cause_number);
"""


def upgrade() -> None:
    for script in (_LICENSE, _TRANSITION, _FLAG):
        execute_script(script)

"""What is heard is kept before it is thought about; what cannot be applied has a dead letter."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE intake (
            id UUID NOT NULL,
            position BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            payload BYTEA NOT NULL,
            traceparent TEXT NOT NULL,
            heard_at TIMESTAMPTZ NOT NULL DEFAULT now(),
            parked_at TIMESTAMPTZ,
            CONSTRAINT pk_intake PRIMARY KEY (id)
        );
        CREATE INDEX ix_intake_waiting ON intake (kind, position) WHERE parked_at IS NULL;
        CREATE INDEX ix_intake_waiting_key ON intake (kind, key) WHERE parked_at IS NULL;
        CREATE INDEX ix_intake_parked_at ON intake (parked_at) WHERE parked_at IS NOT NULL;
        COMMENT ON COLUMN intake.key IS 'what is heard of one key is applied in order; never personal data';
        COMMENT ON COLUMN intake.payload IS 'encrypted: the input word by word';
        COMMENT ON COLUMN intake.parked_at IS 'could not be applied: its dead letter waits for a person';
        ALTER TABLE dead_letter DROP CONSTRAINT ck_dead_letter_source;
        ALTER TABLE dead_letter ADD CONSTRAINT ck_dead_letter_source
            CHECK (source IN ('event', 'job', 'intake')) NOT VALID;
        """
    )

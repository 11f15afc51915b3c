"""Another service's record of acts is known by its signed heads."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE record_head (
            service TEXT NOT NULL,
            position BIGINT NOT NULL,
            hash TEXT NOT NULL,
            sealed_at TIMESTAMPTZ NOT NULL,
            proof TEXT NOT NULL,
            received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
            CONSTRAINT pk_record_head PRIMARY KEY (service, position, hash)
        );
        COMMENT ON COLUMN record_head.service IS 'whose record; never our own';
        COMMENT ON COLUMN record_head.hash IS 'hexadecimal: two heads of one position say that records changed';
        """
    )

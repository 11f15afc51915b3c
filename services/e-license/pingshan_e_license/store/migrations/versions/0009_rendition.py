"""Which files were rendered of which licence."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0009"
down_revision = "0008"

_RENDITION = """
CREATE TABLE rendition (
    file_hash BYTEA NOT NULL,
    license_id UUID NOT NULL,
    format TEXT NOT NULL,
    revision INTEGER NOT NULL,
    template_version INTEGER NOT NULL,
    rendered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rendition PRIMARY KEY (file_hash),
    CONSTRAINT ck_rendition_file_hash CHECK (octet_length(file_hash) = 32),
    CONSTRAINT ck_rendition_format CHECK (format IN ('pdf', 'ofd', 'png', 'card')),
    CONSTRAINT fk_rendition_license_id FOREIGN KEY(license_id) REFERENCES license (license_id)
);
COMMENT ON COLUMN rendition.file_hash IS 'SHA-256 of the file';
COMMENT ON COLUMN rendition.revision IS 'of the licence';
CREATE INDEX ix_rendition_license_id ON rendition (license_id);
"""


def upgrade() -> None:
    execute_script(_RENDITION)

"""Catalogue, licences and their transitions."""

from pingshan_kit.migrations.steps import execute_script

revision = "0002"
down_revision = None

_CATALOGUE = """
CREATE TABLE license_type (
    code TEXT NOT NULL,
    agency TEXT NOT NULL,
    number INTEGER NOT NULL,
    search_text TEXT NOT NULL,
    definition JSONB NOT NULL,
    catalogue_version INTEGER NOT NULL,
    CONSTRAINT pk_license_type PRIMARY KEY (code),
    CONSTRAINT uq_license_type_number UNIQUE (number)
);
COMMENT ON COLUMN license_type.number IS 'place in the catalogue, from 1';
COMMENT ON COLUMN license_type.search_text IS 'names and code in lower case';
CREATE INDEX ix_license_type_agency ON license_type (agency);
"""

_LICENSE = """
CREATE TABLE license (
    license_id UUID NOT NULL,
    identifier TEXT NOT NULL,
    type TEXT NOT NULL,
    agency TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    version INTEGER NOT NULL,
    holder_code_type TEXT NOT NULL,
    holder_name BYTEA NOT NULL,
    holder_code BYTEA NOT NULL,
    holder_code_index BYTEA NOT NULL,
    attributes JSONB NOT NULL,
    personal_attributes BYTEA NOT NULL,
    effective_on DATE NOT NULL,
    expires_on DATE,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    case_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    disclosures BYTEA NOT NULL,
    request_index BYTEA NOT NULL,
    standing TEXT NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT pk_license PRIMARY KEY (license_id),
    CONSTRAINT uq_license_identifier UNIQUE (identifier),
    CONSTRAINT uq_license_type_serial_number_version UNIQUE (type, serial_number, version),
    CONSTRAINT ck_license_version CHECK (version BETWEEN 1 AND 999),
    CONSTRAINT ck_license_standing CHECK (standing IN ('valid', 'revoked')),
    CONSTRAINT ck_license_period CHECK (expires_on >= effective_on),
    CONSTRAINT fk_license_type FOREIGN KEY(type) REFERENCES license_type (code)
);
COMMENT ON COLUMN license.identifier IS 'GB/T 36904';
COMMENT ON COLUMN license.holder_code_index IS 'keyed HMAC of the holder code';
COMMENT ON COLUMN license.attributes IS 'the attributes that are not personal';
COMMENT ON COLUMN license.expires_on IS 'last day; none for a permanent licence';
COMMENT ON COLUMN license.credential IS 'the signed JWT; it carries no personal data';
COMMENT ON COLUMN license.request_index IS 'keyed HMAC of what was asked for';
CREATE INDEX ix_license_agency_license_id ON license (agency, license_id);
CREATE INDEX ix_license_type_license_id ON license (type, license_id);
CREATE INDEX ix_license_holder_code_index_license_id ON license (holder_code_index, license_id);
"""

_TRANSITION = """
CREATE TABLE license_transition (
    license_id UUID NOT NULL,
    number INTEGER NOT NULL,
    standing TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    reason BYTEA NOT NULL,
    legal_basis TEXT NOT NULL,
    CONSTRAINT pk_license_transition PRIMARY KEY (license_id, number),
    CONSTRAINT ck_license_transition_standing CHECK (standing IN ('valid', 'revoked')),
    CONSTRAINT fk_license_transition_license_id FOREIGN KEY(license_id) REFERENCES license (license_id)
);
COMMENT ON COLUMN license_transition.effective_at IS 'when the decision holds from';
COMMENT ON COLUMN license_transition.recorded_at IS 'when the exchange learned of it';
"""


def upgrade() -> None:
    for script in (_CATALOGUE, _LICENSE, _TRANSITION):
        execute_script(script)

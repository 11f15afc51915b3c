"""Catalogue, licences and their transitions."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = None

_Time = DateTime(timezone=True)


def upgrade() -> None:
    _license_type()
    _license()
    _license_transition()


def _license_type() -> None:
    op.create_table(
        "license_type",
        Column("code", Text, nullable=False),
        Column("agency", Text, nullable=False),
        Column("number", Integer, nullable=False, comment="place in the catalogue, from 1"),
        Column("search_text", Text, nullable=False, comment="names and code in lower case"),
        Column("definition", JSONB, nullable=False),
        Column("catalogue_version", Integer, nullable=False),
        PrimaryKeyConstraint("code", name="pk_license_type"),
        UniqueConstraint("number", name="uq_license_type_number"),
    )
    op.create_index("ix_license_type_agency", "license_type", ["agency"])


def _license() -> None:
    op.create_table(
        "license",
        Column("license_id", Uuid, nullable=False),
        Column("identifier", Text, nullable=False, comment="GB/T 36904"),
        Column("type", Text, ForeignKey("license_type.code", name="fk_license_type"), nullable=False),
        Column("agency", Text, nullable=False),
        Column("serial_number", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("holder_code_type", Text, nullable=False),
        Column("holder_name", LargeBinary, nullable=False),
        Column("holder_code", LargeBinary, nullable=False),
        Column("holder_code_index", LargeBinary, nullable=False, comment="keyed HMAC of the holder code"),
        Column("attributes", JSONB, nullable=False, comment="the attributes that are not personal"),
        Column("personal_attributes", LargeBinary, nullable=False),
        Column("effective_on", Date, nullable=False),
        Column("expires_on", Date, comment="last day; none for a permanent licence"),
        Column("issued_at", _Time, nullable=False),
        Column("case_id", Text, nullable=False),
        Column("credential", Text, nullable=False, comment="the signed JWT; it carries no personal data"),
        Column("disclosures", LargeBinary, nullable=False),
        Column("request_index", LargeBinary, nullable=False, comment="keyed HMAC of what was asked for"),
        Column("standing", Text, nullable=False),
        Column("revision", Integer, nullable=False),
        PrimaryKeyConstraint("license_id", name="pk_license"),
        UniqueConstraint("identifier", name="uq_license_identifier"),
        UniqueConstraint("type", "serial_number", "version", name="uq_license_type_serial_number_version"),
        CheckConstraint("version BETWEEN 1 AND 999", name="ck_license_version"),
        CheckConstraint("standing IN ('valid', 'revoked')", name="ck_license_standing"),
        CheckConstraint("expires_on >= effective_on", name="ck_license_period"),
    )
    for column in ("agency", "type", "holder_code_index"):
        op.create_index(f"ix_license_{column}_license_id", "license", [column, "license_id"])


def _license_transition() -> None:
    op.create_table(
        "license_transition",
        Column("license_id", Uuid, ForeignKey("license.license_id", name="fk_license_transition_license_id")),
        Column("number", Integer, autoincrement=False),
        Column("standing", Text, nullable=False),
        Column("effective_at", _Time, nullable=False, comment="when the decision holds from"),
        Column("recorded_at", _Time, nullable=False, comment="when the exchange learned of it"),
        Column("actor", Text, nullable=False),
        Column("reason", LargeBinary, nullable=False),
        Column("legal_basis", Text, nullable=False),
        PrimaryKeyConstraint("license_id", "number", name="pk_license_transition"),
        CheckConstraint("standing IN ('valid', 'revoked')", name="ck_license_transition_standing"),
    )

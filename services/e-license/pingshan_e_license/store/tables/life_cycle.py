"""Tables of licences and what became of them. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import APPEND_ONLY, encrypted
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_e_license.store.tables.base import MOMENT, metadata

_STANDINGS = (
    "standing IN ('valid', 'suspended', 'revoked', 'rescinded', 'cancelled', 'lapsed', 'transferred_out', 'superseded')"
)

license_ = Table(
    "license",
    metadata,
    Column("license_id", Uuid, primary_key=True),
    Column("identifier", Text, nullable=False, unique=True, comment="GB/T 36904"),
    Column("type", Text, ForeignKey("license_type.code"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("serial_number", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("holder_code_type", Text, nullable=False),
    Column("holder_name", LargeBinary, nullable=False, info=encrypted("{license_id}")),
    Column("holder_code", LargeBinary, nullable=False, info=encrypted("{license_id}")),
    Column("holder_code_index", LargeBinary, nullable=False, comment="keyed HMAC of the holder code"),
    Column("attributes", JSONB, nullable=False, comment="the attributes that are not personal"),
    Column("personal_attributes", LargeBinary, nullable=False, info=encrypted("{license_id}")),
    Column("effective_on", Date, nullable=False),
    Column("expires_on", Date, comment="last day; none for a permanent licence"),
    Column("issued_at", MOMENT, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("credential", Text, nullable=False, comment="the signed JWT; it carries no personal data"),
    Column("disclosures", LargeBinary, nullable=False, info=encrypted("{license_id}")),
    Column("request_index", LargeBinary, nullable=False, comment="keyed HMAC of what was asked for"),
    Column("standing", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column(
        "is_flagged",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="whether license_flag has a row of it that is not lifted",
    ),
    UniqueConstraint("type", "serial_number", "version"),
    CheckConstraint("version BETWEEN 1 AND 999", name="version"),
    CheckConstraint(_STANDINGS, name="standing"),
    CheckConstraint("expires_on >= effective_on", name="period"),
    Index(None, "agency", "license_id"),
    Index(None, "agency", "expires_on", "license_id"),
    Index(None, "type", "license_id"),
    Index(None, "holder_code_index", "license_id"),
)

license_transition = Table(
    "license_transition",
    metadata,
    Column("license_id", Uuid, ForeignKey("license.license_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("standing", Text, nullable=False),
    Column("effective_at", MOMENT, nullable=False, comment="when the decision holds from"),
    Column("recorded_at", MOMENT, nullable=False, comment="when the exchange learned of it"),
    Column("actor", Text, nullable=False),
    Column("reason", LargeBinary, nullable=False, info=encrypted("{license_id}/{number}")),
    Column("legal_basis", Text, nullable=False),
    Column("act", Text, comment="none in rows from before it was kept: an issue, or a revocation"),
    Column("decision_number", Text, nullable=False, server_default="", comment="of reconsideration or court"),
    CheckConstraint(_STANDINGS, name="standing"),
    info=APPEND_ONLY,
)

license_flag = Table(
    "license_flag",
    metadata,
    Column("license_id", Uuid, ForeignKey("license.license_id"), primary_key=True),
    Column(
        "cause_id", Uuid, primary_key=True, comment="the licence whose decision, of cause_number, takes its ground away"
    ),
    Column("cause_number", Integer, primary_key=True, autoincrement=False),
    Column("raised_at", MOMENT, nullable=False),
    Column("lifted_at", MOMENT),
    ForeignKeyConstraint(
        ["cause_id", "cause_number"],
        ["license_transition.license_id", "license_transition.number"],
        name="fk_license_flag_cause_id",
    ),
    Index(None, "cause_id", "cause_number"),
)

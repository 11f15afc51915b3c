"""Tables of the keys that sign licences, and of bulk issues. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_e_license.store.tables.base import MOMENT, metadata

bulk_issue = Table(
    "bulk_issue",
    metadata,
    Column("bulk_issue_id", Uuid, primary_key=True),
    Column("type", Text, ForeignKey("license_type.code"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("heads", JSONB, nullable=False, comment="first row of a sheet; empty for JSON Lines"),
    Column("uploaded_by", Text, nullable=False, comment="id of the actor"),
    Column("uploaded_at", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("goes_on", Boolean, nullable=False, comment="whether it issues without a further order once checked"),
    Column("rows", Integer, nullable=False),
    Column("good", Integer, nullable=False, comment="checked, and fit to be issued"),
    Column("issued", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("started_by", Text, nullable=False, comment="id of the actor; empty before"),
    Column("ended_at", MOMENT),
    CheckConstraint(
        "state IN ('receiving', 'checking', 'checked', 'issuing', 'ended', 'cancelled')",
        name="state",
    ),
    CheckConstraint("format IN ('csv', 'xlsx', 'json_lines')", name="format"),
    Index(None, "agency", "bulk_issue_id"),
    Index(None, "ended_at"),
)

bulk_issue_row = Table(
    "bulk_issue_row",
    metadata,
    Column("bulk_issue_id", Uuid, ForeignKey("bulk_issue.bulk_issue_id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False, comment="of the file, from 1"),
    Column("content", LargeBinary, nullable=False, info=encrypted("{bulk_issue_id}/{line}")),
    Column("state", Text, nullable=False),
    Column("license_id", Uuid),
    Column("faults", LargeBinary, info=encrypted("{bulk_issue_id}/{line}"), comment="none unless it was refused"),
    CheckConstraint("state IN ('waiting', 'good', 'issued', 'refused')", name="state"),
    Index(None, "bulk_issue_id", "state", "line"),
)

issuer_key = Table(
    "issuer_key",
    metadata,
    Column("kid", Text, primary_key=True, comment="JWK thumbprint (RFC 7638)"),
    Column("agency", Text, comment="none for the key that all agencies shared before"),
    Column("algorithm", Text, nullable=False),
    Column("public_jwk", JSONB, nullable=False),
    Column("private_encrypted", LargeBinary, info=encrypted("{kid}"), comment="none where it lies in a file"),
    Column("not_before", MOMENT, nullable=False),
    Column("not_after", MOMENT, nullable=False, comment="when it stops to sign"),
    Column("revoked_at", MOMENT, comment="from when on what it signed counts no more"),
    Column("revocation_reason", Text),
    Column("seal", LargeBinary, nullable=False, comment="keyed HMAC of the row: nobody adds a key by SQL alone"),
    CheckConstraint("not_after >= not_before", name="period"),
    CheckConstraint("(revoked_at IS NULL) = (revocation_reason IS NULL)", name="revocation"),
)

"""The table of the keys that sign licences."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import CheckConstraint, Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_e_license.store.tables.base import MOMENT, metadata

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

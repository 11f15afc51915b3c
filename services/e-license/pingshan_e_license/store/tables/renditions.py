"""The table of renditions: what was given out, by its hash and not by its content."""

from pingshan_kit.storage.tables import APPEND_ONLY
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text, Uuid

from pingshan_e_license.store.tables.base import MOMENT, metadata

rendition = Table(
    "rendition",
    metadata,
    Column("file_hash", LargeBinary, primary_key=True, comment="SHA-256 of the file"),
    Column("license_id", Uuid, ForeignKey("license.license_id"), nullable=False, index=True),
    Column("format", Text, nullable=False),
    Column("revision", Integer, nullable=False, comment="of the licence"),
    Column("template_version", Integer, nullable=False),
    Column("rendered_at", MOMENT, nullable=False),
    CheckConstraint("octet_length(file_hash) = 32", name="file_hash"),
    CheckConstraint("format IN ('pdf', 'ofd', 'png', 'card')", name="format"),
    info=APPEND_ONLY,
)

"""Tables of organisations and their sections."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, Uuid, text

from pingshan_identity.store.tables.base import MOMENT, metadata

organisation = Table(
    "organisation",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text, ForeignKey("organisation.code", deferrable=True, initially="DEFERRED")),
    Column("unified_social_credit_code", Text, unique=True),
    Column("licence_agency", Boolean, nullable=False),
)

section = Table(
    "section",
    metadata,
    Column("section_id", Uuid, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.code"), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=text("now()")),
    Column("closed_at", MOMENT),
    Index("uq_section_open_name", "organisation", "name_zh", unique=True, postgresql_where=text("closed_at IS NULL")),
)

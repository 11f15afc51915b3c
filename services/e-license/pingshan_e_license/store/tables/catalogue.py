"""Tables of the catalogue."""

from sqlalchemy import (
    Column,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_e_license.store.tables.base import metadata

license_type = Table(
    "license_type",
    metadata,
    Column("code", Text, primary_key=True),
    Column("agency", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False, unique=True, comment="place in the catalogue, from 1"),
    Column("search_text", Text, nullable=False, comment="names and code in lower case"),
    Column("definition", JSONB, nullable=False),
    Column("catalogue_version", Integer, nullable=False),
)

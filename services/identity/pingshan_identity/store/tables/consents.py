"""Table of consents of people to third parties."""

from sqlalchemy import ARRAY, Column, ForeignKey, LargeBinary, Table, Text, Uuid

from pingshan_identity.store.tables.base import MOMENT, metadata

consent = Table(
    "consent",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("client_id", Text, ForeignKey("client.client_id"), primary_key=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("given_at", MOMENT, nullable=False),
    Column("withdrawn_at", MOMENT),
    Column("shown_hash", LargeBinary, comment="SHA-256 of what was shown of the client; empty: unknown"),
)

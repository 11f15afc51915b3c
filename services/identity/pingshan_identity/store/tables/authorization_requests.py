"""Table of authorization requests that wait under a `request_uri` (as SHA-256 only)."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import Column, Index, LargeBinary, Table, Text

from pingshan_identity.store.tables.base import MOMENT, metadata

pushed_request = Table(
    "pushed_request",
    metadata,
    Column("request_uri_hash", LargeBinary, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("parameters_encrypted", LargeBinary, nullable=False, info=encrypted("{request_uri_hash}")),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("ix_pushed_request_expires_at", "expires_at"),
)

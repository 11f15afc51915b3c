"""Table of device authorizations (RFC 8628); the device code as SHA-256 only."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from pingshan_identity.store.tables.base import MOMENT, metadata

device_authorization = Table(
    "device_authorization",
    metadata,
    Column("device_code_hash", LargeBinary, primary_key=True),
    Column("user_code_index", LargeBinary, nullable=False, unique=True),
    Column("client_id", Text, ForeignKey("client.client_id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("audience", Text),
    Column("dpop_jkt", Text),
    Column("requested_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("poll_interval", Integer, nullable=False),
    Column("polled_at", MOMENT),
    Column("grant_id", Uuid, ForeignKey("access_grant.grant_id")),
    Column("denied_at", MOMENT),
    Column("used_at", MOMENT),
    Index("ix_device_authorization_expires_at", "expires_at"),
)

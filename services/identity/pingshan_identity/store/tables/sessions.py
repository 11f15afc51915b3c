"""The table of single sign-on sessions."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import (
    ARRAY,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from pingshan_identity.store.tables.base import MOMENT, metadata

sso_session = Table(
    "sso_session",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("cookie_hash", LargeBinary, nullable=False, unique=True),
    Column("realm", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("acr", Integer, nullable=False),
    Column("amr", ARRAY(Text), nullable=False),
    Column("auth_time", MOMENT, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("device", Text, nullable=False),
    Column("network_encrypted", LargeBinary, nullable=False, info=encrypted("{session_id}")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("ended_at", MOMENT),
    Column("end_reason", Text),
    Column("credential_id", LargeBinary),
    Index("ix_sso_session_person_id", "person_id"),
    Index("ix_sso_session_live", "started_at", postgresql_where=text("ended_at IS NULL")),
)

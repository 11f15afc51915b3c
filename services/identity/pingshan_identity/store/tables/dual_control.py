"""The table of changes under dual control."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_identity.store.tables.base import MOMENT, metadata

change_request = Table(
    "change_request",
    metadata,
    Column("change_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="what would change, for example person:<id> or client:<id>"),
    Column("details", JSONB, nullable=False, comment="ids and codes, no personal data"),
    Column("reason", Text, nullable=False),
    Column("requested_by", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("requested_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("decided_by", Uuid, ForeignKey("person.person_id")),
    Column("decided_at", MOMENT),
    Column("decision", Text, comment="approved, refused or withdrawn"),
    Column("decision_reason", Text),
    Column(
        "outcome_encrypted",
        LargeBinary,
        info=encrypted("{change_id}"),
        comment="a secret that the proposer fetches once",
    ),
    Column(
        "decider_outcome_encrypted",
        LargeBinary,
        info=encrypted("{change_id}"),
        comment="a secret that who decided it fetches once",
    ),
    Index("ix_change_request_open", "requested_at", postgresql_where=text("decided_at IS NULL")),
)

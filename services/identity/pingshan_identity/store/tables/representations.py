"""Table of representations: whom people act for."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import ARRAY, Column, Date, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint, Uuid, text

from pingshan_identity.store.tables.base import MOMENT, metadata

representation = Table(
    "representation",
    metadata,
    Column("representation_id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("holder_index", LargeBinary, nullable=False),
    Column("holder_encrypted", LargeBinary, nullable=False, info=encrypted("{representation_id}")),
    Column("holder_name_encrypted", LargeBinary, info=encrypted("{representation_id}")),
    Column("kind", Text, nullable=False),
    Column("scope", ARRAY(Text), nullable=False, server_default="{}"),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("ended_at", MOMENT),
    UniqueConstraint("person_id", "holder_index", "since"),
    Index("ix_representation_holder_index", "holder_index"),
    Index("ix_representation_until", "until", postgresql_where=text("ended_at IS NULL")),
)

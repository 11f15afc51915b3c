"""Tables of sign-outs and their deliveries."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from pingshan_identity.store.tables.base import MOMENT, metadata

sign_out = Table(
    "sign_out",
    metadata,
    Column("sign_out_id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("session_id", Text, ForeignKey("sso_session.session_id"), comment="empty: every session of the person"),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False, comment="Actor.id"),
    Column("requested_at", MOMENT, nullable=False),
    Column("completed_at", MOMENT),
    Column("receipt", Text, comment="JWS, once every system confirmed or can no longer be reached"),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_sign_out_person_id", "person_id", "requested_at"),
    Index("ix_sign_out_requested_at", "requested_at"),
    Index("ix_sign_out_open", "requested_at", postgresql_where=text("completed_at IS NULL")),
)

logout_delivery = Table(
    "logout_delivery",
    metadata,
    Column("sign_out_id", Uuid, ForeignKey("sign_out.sign_out_id"), primary_key=True),
    Column("client_id", Text, ForeignKey("client.client_id"), primary_key=True),
    Column("state", Text, nullable=False, comment="pending, confirmed, unsupported or given-up"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failure", Text, comment="a code: why the last attempt was not confirmed"),
    Column("attempted_at", MOMENT),
    Column("confirmed_at", MOMENT),
    Column("alive_until", MOMENT, comment="latest end of a token of a system that cannot be told"),
    Column("event_id", Uuid, nullable=False, unique=True),
    Index("ix_logout_delivery_client_id", "client_id", "state"),
)

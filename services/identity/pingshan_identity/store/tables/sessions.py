"""Sign-ins under way, single sign-on sessions, and the throttle."""

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
    Column("network_encrypted", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("ended_at", MOMENT),
    Column("end_reason", Text),
    Index("ix_sso_session_person_id", "person_id"),
    Index("ix_sso_session_live", "started_at", postgresql_where=text("ended_at IS NULL")),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("attempt_hash", LargeBinary, primary_key=True, comment="SHA-256 of the random id in the page's address"),
    Column("browser_hash", LargeBinary, nullable=False, comment="SHA-256 of the browser's CSRF token"),
    Column("realm", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.person_id")),
    Column("level", Integer, nullable=False, comment="assurance level to reach"),
    Column("acr", Integer, nullable=False, comment="assurance level reached so far"),
    Column("amr", ARRAY(Text), nullable=False),
    Column("session_id", Text, ForeignKey("sso_session.session_id"), comment="the session that a step-up raises"),
    Column("continuation", Text, nullable=False),
    Column("challenge", LargeBinary, comment="WebAuthn challenge that was shown last"),
    Column("sms_challenge_id", Uuid, ForeignKey("sms_challenge.challenge_id")),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("ix_sign_in_attempt_expires_at", "expires_at"),
    Index(
        "ix_sign_in_attempt_sms_challenge_id", "sms_challenge_id", postgresql_where=text("sms_challenge_id IS NOT NULL")
    ),
)

sign_in_throttle = Table(
    "sign_in_throttle",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", MOMENT, nullable=False),
    Column("attempted_at", MOMENT, nullable=False),
)

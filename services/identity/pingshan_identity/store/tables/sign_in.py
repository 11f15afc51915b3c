"""Tables of sign-ins under way, throttles, codes by SMS and upstreams."""

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
    Column("credential_id", LargeBinary),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("ix_sign_in_attempt_expires_at", "expires_at"),
    Index("ix_sign_in_attempt_person_id", "person_id"),
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
    Column("counted", Text, nullable=False, server_default="", comment="what is counted; empty in rows of before"),
    Column("person_id", Uuid, comment="whose attempts they are, where that is known"),
    Column(
        "subject_encrypted",
        LargeBinary,
        info=encrypted("{key}"),
        comment="the network, number or range that is counted",
    ),
    Column("lifted_at", MOMENT, comment="from when on an administrator lets a number have codes again"),
)

sms_challenge = Table(
    "sms_challenge",
    metadata,
    Column("challenge_id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("mobile_index", LargeBinary, nullable=False),
    Column(
        "mobile_encrypted",
        LargeBinary,
        info=encrypted("{challenge_id}"),
        comment="where the number is not known otherwise: a sign-in of the public",
    ),
    Column("code_hash", LargeBinary, nullable=False),
    Column("notification_id", Text),
    Column("sent_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("used_at", MOMENT),
    Index("ix_sms_challenge_mobile_index", "mobile_index", "sent_at"),
    Index("ix_sms_challenge_expires_at", "expires_at"),
)

upstream_identity = Table(
    "upstream_identity",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("subject_index", LargeBinary, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("linked_at", MOMENT, nullable=False),
    Index("ix_upstream_identity_person_id", "person_id"),
)

upstream_attempt = Table(
    "upstream_attempt",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.person_id")),
    Column("attempt_hash", LargeBinary),
    Column("continuation", Text, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Index("ix_upstream_attempt_expires_at", "expires_at"),
)

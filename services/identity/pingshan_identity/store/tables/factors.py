"""How people prove who they are. A secret that we must compare is a hash; one that we must use is encrypted."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
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

password = Table(
    "password",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False, server_default="false"),
    Column("changed_at", MOMENT, nullable=False, server_default=text("now()")),
)

passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", ARRAY(Text), nullable=False),
    Column("aaguid", Uuid, nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("last_used_at", MOMENT),
    Index("ix_passkey_person_id", "person_id"),
)

totp = Table(
    "totp",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("secret_encrypted", LargeBinary, nullable=False),
    Column("confirmed_at", MOMENT),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    Column("created_at", MOMENT, nullable=False),
    Column("attempt_hash", LargeBinary, comment="the sign-in under way that proposed it"),
)

enrolment_code = Table(
    "enrolment_code",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("made_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
)

sms_challenge = Table(
    "sms_challenge",
    metadata,
    Column("challenge_id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("mobile_index", LargeBinary, nullable=False),
    Column("mobile_encrypted", LargeBinary, comment="where the number is not known otherwise: a sign-in of the public"),
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

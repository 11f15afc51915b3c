"""Tables of factors. A secret that is only compared is kept as a hash, one that is used is encrypted."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
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
    Column(
        "hardware",
        Boolean,
        nullable=False,
        server_default="false",
        comment="its authenticator proved by attestation to be an accepted model",
    ),
    Column("name", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("last_used_at", MOMENT),
    Index("ix_passkey_person_id", "person_id"),
)

totp = Table(
    "totp",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("secret_encrypted", LargeBinary, nullable=False, info=encrypted("{person_id}")),
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

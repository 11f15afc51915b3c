"""The table of signing keys."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import (
    Column,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_identity.store.tables.base import MOMENT, metadata

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("alg", Text, nullable=False),
    Column("private_encrypted", LargeBinary, info=encrypted("{kid}"), comment="empty once its last token is dead"),
    Column("public_jwk", JSONB, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("signs_from", MOMENT, nullable=False),
    Column("signs_until", MOMENT, nullable=False),
    Column("published_until", MOMENT, nullable=False),
)

"""Tables of grants, and of what clients redeem for tokens (as SHA-256 only)."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import ARRAY, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_identity.store.tables.base import MOMENT, metadata

access_grant = Table(
    "access_grant",
    metadata,
    Column("grant_id", Uuid, primary_key=True),
    Column("session_id", Text, ForeignKey("sso_session.session_id"), nullable=False),
    Column("client_id", Text, ForeignKey("client.client_id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("audience", Text, comment="of its tokens; the client itself where empty"),
    Column("claims", JSONB(none_as_null=True), comment="OpenID Connect Core section 5.5"),
    Column("dpop_jkt", Text),
    Column("auth_time", MOMENT),
    Column("acr", Integer),
    Column("amr", ARRAY(Text)),
    Column("created_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Column("end_reason", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_access_grant_session_id", "session_id"),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("grant_id", Uuid, ForeignKey("access_grant.grant_id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text),
    Column("dpop_jkt", Text),
    Column("nonce", Text),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Index("ix_authorization_code_expires_at", "expires_at"),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("grant_id", Uuid, ForeignKey("access_grant.grant_id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Column(
        "answer_encrypted", LargeBinary, info=encrypted("{token_hash}"), comment="the response, for the replay window"
    ),
    Index("ix_refresh_token_grant_id", "grant_id"),
    Index("ix_refresh_token_expires_at", "expires_at"),
    Index("ix_refresh_token_answered", "used_at", postgresql_where=text("answer_encrypted IS NOT NULL")),
)

revoked_token = Table(
    "revoked_token",
    metadata,
    Column("token_id", Text, primary_key=True, comment="the jti claim"),
    Column("expires_at", MOMENT, nullable=False),
    Index("ix_revoked_token_expires_at", "expires_at"),
)

dpop_proof = Table(
    "dpop_proof",
    metadata,
    Column("jkt", Text, primary_key=True),
    Column("jti_hash", LargeBinary, primary_key=True),
    Column("expires_at", MOMENT, nullable=False),
    Index("ix_dpop_proof_expires_at", "expires_at"),
)

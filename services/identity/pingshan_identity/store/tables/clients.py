"""Tables of connected systems, what they present, and tests of them."""

from sqlalchemy import (
    ARRAY,
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
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_identity.store.tables.base import MOMENT, metadata

client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, ForeignKey("organisation.code"), nullable=False),
    Column("protocol", Text, nullable=False),
    Column("auth_method", Text, nullable=False),
    Column("secret_hash", LargeBinary),
    Column("grant_types", ARRAY(Text), nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("post_logout_redirect_uris", ARRAY(Text), nullable=False),
    Column("realms", ARRAY(Text), nullable=False),
    Column("audiences", ARRAY(Text), nullable=False),
    Column("open_to", ARRAY(Text), nullable=False),
    Column("launch_uri", Text),
    Column("required_level", Integer, nullable=False),
    Column("backchannel_logout", Boolean, nullable=False),
    Column("backchannel_logout_uri", Text),
    Column("application_type", Text, nullable=False, server_default="web"),
    Column("third_party", Boolean, nullable=False, server_default="false"),
    Column("scopes", ARRAY(Text), nullable=False, server_default="{openid,profile}"),
    Column("jwks", JSONB(none_as_null=True)),
    Column("id_token_alg", Text, nullable=False, server_default="ES256"),
    Column(
        "require_pkce", Boolean, nullable=False, server_default="true", comment="of the last version; profile decides"
    ),
    Column("profile", Text, nullable=False, server_default="strict", comment="strict, compatible or fapi2"),
    Column("require_par", Boolean, nullable=False, server_default="false"),
    Column("dpop_bound", Boolean, nullable=False, server_default="false"),
    Column("required_real_name_level", Integer, nullable=False, server_default="0"),
    Column("jwks_uri", Text),
    Column("default_max_age", Integer),
    Column("require_auth_time", Boolean, nullable=False, server_default="false"),
    Column("subject_type", Text, nullable=False, server_default="public"),
    Column("sector_identifier", Text),
    Column("sector_identifier_uri", Text),
    Column("userinfo_signed_response_alg", Text),
    Column("request_object_signing_alg", Text),
    Column("require_signed_request_object", Boolean, nullable=False, server_default="false"),
    Column("logo_uri", Text),
    Column("policy_uri", Text),
    Column("tos_uri", Text),
    Column("client_uri", Text),
    Column("initiate_login_uri", Text),
    Column("former_secret_hash", LargeBinary, comment="counts beside secret_hash until former_secret_until"),
    Column("former_secret_until", MOMENT),
    Column("registration_token_hash", LargeBinary),
    Column("initial_token_hash", LargeBinary),
    Column("created_at", MOMENT, nullable=False, server_default=text("now()")),
    Column("disabled_at", MOMENT),
)

client_role = Table(
    "client_role",
    metadata,
    Column("client_id", Text, ForeignKey("client.client_id"), primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("role", Text, primary_key=True),
)

client_assertion = Table(
    "client_assertion",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("jti_hash", LargeBinary, primary_key=True),
    Column("expires_at", MOMENT, nullable=False),
    Index("ix_client_assertion_expires_at", "expires_at"),
)

initial_access_token = Table(
    "initial_access_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("owner", Text, ForeignKey("organisation.code"), nullable=False),
    Column("made_by", Uuid, ForeignKey("person.person_id")),
    Column("made_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column(
        "profile",
        Text,
        nullable=False,
        server_default="strict",
        comment="profile of the clients that register with it",
    ),
)

connection_test = Table(
    "connection_test",
    metadata,
    Column("test_id", Uuid, primary_key=True),
    Column("client_id", Text, ForeignKey("client.client_id"), nullable=False),
    Column("begun_by", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("begun_at", MOMENT, nullable=False),
    Column("steps", JSONB, nullable=False),
    Index("ix_connection_test_client_id", "client_id", "begun_at"),
)

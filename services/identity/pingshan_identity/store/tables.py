"""Tables of identity. Columns that end in `_encrypted` hold personal data (AES-GCM), `_index` its keyed HMAC."""

from pingshan_kit.tables import NAMING, kit_tables
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

_moment = DateTime(timezone=True)

organisation = Table(
    "organisation",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text, ForeignKey("organisation.code", deferrable=True, initially="DEFERRED")),
    Column("unified_social_credit_code", Text, unique=True),
    Column("licence_agency", Boolean, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("realm", Text, nullable=False),
    Column("login_name", Text, unique=True),
    Column("name_encrypted", LargeBinary, nullable=False),
    Column("mobile_encrypted", LargeBinary),
    Column("mobile_index", LargeBinary),
    Column("person_number_encrypted", LargeBinary),
    Column("person_number_index", LargeBinary, unique=True),
    Column("organisation", Text, ForeignKey("organisation.code")),
    Column("language", Text, nullable=False, server_default="zh-Hans"),
    Column("created_at", _moment, nullable=False, server_default=text("now()")),
    Column("left_at", _moment),
    Index("uq_person_public_mobile", "mobile_index", unique=True, postgresql_where=text("realm = 'public'")),
    Index("ix_person_organisation", "organisation"),
)

password = Table(
    "password",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", _moment, nullable=False, server_default=text("now()")),
)

post = Table(
    "post",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

post_role = Table(
    "post_role",
    metadata,
    Column("post", Text, ForeignKey("post.code"), primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("role", Text, primary_key=True),
)

person_post = Table(
    "person_post",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("post", Text, ForeignKey("post.code"), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),
    Index("ix_person_post_post", "post"),
)

representation = Table(
    "representation",
    metadata,
    Column("representation_id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("holder_index", LargeBinary, nullable=False),
    Column("holder_encrypted", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    UniqueConstraint("person_id", "holder_index", "since"),
    Index("ix_representation_holder_index", "holder_index"),
)

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
)

client_role = Table(
    "client_role",
    metadata,
    Column("client_id", Text, ForeignKey("client.client_id"), primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("role", Text, primary_key=True),
)

sso_session = Table(
    "sso_session",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("cookie_hash", LargeBinary, nullable=False, unique=True),
    Column("realm", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("acr", Integer, nullable=False),
    Column("amr", ARRAY(Text), nullable=False),
    Column("auth_time", _moment, nullable=False),
    Column("started_at", _moment, nullable=False),
    Column("seen_at", _moment, nullable=False),
    Column("device", Text, nullable=False),
    Column("network_encrypted", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("ended_at", _moment),
    Column("end_reason", Text),
    Index("ix_sso_session_person_id", "person_id"),
    Index("ix_sso_session_live", "started_at", postgresql_where=text("ended_at IS NULL")),
)

access_grant = Table(
    "access_grant",
    metadata,
    Column("grant_id", Uuid, primary_key=True),
    Column("session_id", Text, ForeignKey("sso_session.session_id"), nullable=False),
    Column("client_id", Text, ForeignKey("client.client_id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("ended_at", _moment),
    Index("ix_access_grant_session_id", "session_id"),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("grant_id", Uuid, ForeignKey("access_grant.grant_id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("nonce", Text),
    Column("expires_at", _moment, nullable=False),
    Column("used_at", _moment),
    Index("ix_authorization_code_expires_at", "expires_at"),
)

client_assertion = Table(
    "client_assertion",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("jti_hash", LargeBinary, primary_key=True),
    Column("expires_at", _moment, nullable=False),
    Index("ix_client_assertion_expires_at", "expires_at"),
)

sign_in_throttle = Table(
    "sign_in_throttle",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", _moment, nullable=False),
    Column("attempted_at", _moment, nullable=False),
)

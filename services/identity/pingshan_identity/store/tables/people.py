"""Tables of people and their posts."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_identity.store.tables.base import MOMENT, metadata

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

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("realm", Text, nullable=False),
    Column("login_name", Text, unique=True),
    Column("name_encrypted", LargeBinary, nullable=False, info=encrypted("{person_id}")),
    Column("mobile_encrypted", LargeBinary, info=encrypted("{person_id}")),
    Column("mobile_index", LargeBinary),
    Column("person_number_encrypted", LargeBinary, info=encrypted("{person_id}")),
    Column("person_number_index", LargeBinary, unique=True),
    Column("organisation", Text, ForeignKey("organisation.code")),
    Column("section_id", Uuid, ForeignKey("section.section_id")),
    Column("moves_on", Date, comment="from this day on moves_to and moves_section count"),
    Column("moves_to", Text, ForeignKey("organisation.code")),
    Column("moves_section", Uuid, ForeignKey("section.section_id")),
    Column("posts_before_move", JSONB(none_as_null=True), comment="own posts as they were before the planned move"),
    Column("joined_on", Date),
    Column("leaves_on", Date, comment="from this day on nobody signs in"),
    Column("real_name_level", Integer, nullable=False, server_default="0"),
    Column("language", Text, nullable=False, server_default="zh-Hans"),
    Column("created_at", MOMENT, nullable=False, server_default=text("now()")),
    Column("left_at", MOMENT),
    Column("updated_at", MOMENT, nullable=False, server_default=text("now()"), onupdate=func.now()),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("uq_person_public_mobile", "mobile_index", unique=True, postgresql_where=text("realm = 'public'")),
    Index("ix_person_organisation", "organisation"),
)

person_post = Table(
    "person_post",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.person_id"), primary_key=True),
    Column("post", Text, ForeignKey("post.code"), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),
    Column("acting_for", Uuid, ForeignKey("person.person_id")),
    Index("ix_person_post_post", "post"),
    Index("ix_person_post_acting_for", "acting_for", postgresql_where=text("acting_for IS NOT NULL")),
)

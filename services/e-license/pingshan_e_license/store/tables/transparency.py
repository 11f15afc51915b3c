"""Tables of the transparency log and of the status lists. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import APPEND_ONLY, encrypted
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from pingshan_e_license.store.tables.base import MOMENT, metadata

log_entry = Table(
    "log_entry",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="id of what the entry is about; never published"),
    Column("commitment", LargeBinary, nullable=False, comment="HMAC-SHA-256 of the content under its salt"),
    Column("opening", LargeBinary, nullable=False, info=encrypted("{entry_id}")),
    Column("recorded_at", MOMENT, nullable=False),
    Index(None, "subject", "entry_id"),
    info=APPEND_ONLY,
)

log_pending = Table(
    "log_pending",
    metadata,
    Column("entry_id", Uuid, ForeignKey("log_entry.entry_id"), primary_key=True),
    comment="entries that have no index yet",
)

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False, comment="from 0, without gaps"),
    Column("entry_id", Uuid, ForeignKey("log_entry.entry_id"), nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, comment="leaf hash of RFC 9162"),
    CheckConstraint("leaf_index >= 0", name="leaf_index"),
    info=APPEND_ONLY,
)

log_node = Table(
    "log_node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False, comment="from 1; leaves are level 0"),
    Column("node_index", BigInteger, primary_key=True, autoincrement=False, comment="from 0 within the level"),
    Column("hash", LargeBinary, nullable=False, comment="root of a complete subtree of 2^level leaves"),
    CheckConstraint("level >= 1", name="level"),
    info=APPEND_ONLY,
)

log_checkpoint = Table(
    "log_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False, comment="the signed note"),
    Column("signed_at", MOMENT, nullable=False),
    CheckConstraint("size >= 1", name="size"),
    info=APPEND_ONLY,
)

status_list = Table(
    "status_list",
    metadata,
    Column("type", Text, ForeignKey("license_type.code"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the newest takes new licences"),
    Column("size", Integer, nullable=False, comment="statuses that it has room for"),
    Column("changed_at", MOMENT, nullable=False, comment="of the last change of a status"),
    Column("version", BigInteger, nullable=False, comment="number of changes of a status"),
    CheckConstraint("size >= 1", name="size"),
)

license_status = Table(
    "license_status",
    metadata,
    Column("type", Text, primary_key=True),
    Column("list_number", Integer, primary_key=True, autoincrement=False),
    Column("status_index", Integer, primary_key=True, autoincrement=False),
    Column(
        "license_id",
        Uuid,
        ForeignKey("license.license_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        unique=True,
    ),
    Column("status", SmallInteger, nullable=False),
    ForeignKeyConstraint(["type", "list_number"], ["status_list.type", "status_list.number"]),
    CheckConstraint("status_index >= 0", name="status_index"),
    CheckConstraint("status BETWEEN 0 AND 3", name="status"),
)
Index(
    "ix_license_status_not_valid",
    license_status.c.type,
    license_status.c.list_number,
    license_status.c.status_index,
    postgresql_where=license_status.c.status != 0,
)

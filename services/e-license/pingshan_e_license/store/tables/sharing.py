"""Tables of sharing: items, consents, uses of data, and counts. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import APPEND_ONLY, encrypted
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from pingshan_e_license.store.tables.base import MOMENT, metadata

sharing_item = Table(
    "sharing_item",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True, comment="place in the list, from 1"),
    Column("definition", JSONB, nullable=False),
    Column("version", Integer, nullable=False, comment="of the list"),
)

consent = Table(
    "consent",
    metadata,
    Column("consent_id", Uuid, primary_key=True),
    Column("item", Text, ForeignKey("sharing_item.code"), nullable=False),
    Column("requester", Text, nullable=False),
    Column("holder_code", LargeBinary, nullable=False, info=encrypted("{consent_id}")),
    Column("holder_code_index", LargeBinary, nullable=False, comment="keyed HMAC of the holder code"),
    Column("purpose", LargeBinary, nullable=False, info=encrypted("{consent_id}")),
    Column("fields", JSONB, nullable=False),
    Column("predicates", JSONB, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_on", Date, nullable=False, comment="last day"),
    Column("state", Text, nullable=False),
    Column("requested_at", MOMENT, nullable=False),
    Column("decided_at", MOMENT),
    Column("withdrawn_at", MOMENT),
    CheckConstraint("uses_left BETWEEN 0 AND uses", name="uses_left"),
    CheckConstraint("state IN ('requested', 'granted', 'refused', 'withdrawn')", name="state"),
    Index(None, "holder_code_index", "consent_id"),
    Index(None, "requester", "consent_id"),
)

data_use_counter = Table(
    "data_use_counter",
    metadata,
    Column("holder_code_index", LargeBinary, primary_key=True, comment="keyed HMAC of the holder code"),
    Column("uses", BigInteger, nullable=False, comment="number of the holder's newest use"),
)

data_use = Table(
    "data_use",
    metadata,
    Column("use_id", Uuid, primary_key=True),
    Column("holder_code_index", LargeBinary, nullable=False, comment="keyed HMAC of the holder code"),
    Column("number", BigInteger, nullable=False, comment="from 1, without gaps, for each holder"),
    Column("used_at", MOMENT, nullable=False),
    Column("statement", LargeBinary, nullable=False, info=encrypted("{use_id}"), comment="the use and its salt"),
    Column("receipt", Text, nullable=False, comment="a JWS, without personal data"),
    UniqueConstraint("holder_code_index", "number"),
    Index(None, "holder_code_index", "use_id"),
    info=APPEND_ONLY,
)

kept_answer = Table(
    "kept_answer",
    metadata,
    Column("use_id", Uuid, ForeignKey("data_use.use_id"), primary_key=True),
    Column("answer", LargeBinary, nullable=False, info=encrypted("{use_id}"), comment="for a repeated request"),
    Column("answered_at", MOMENT, nullable=False, index=True),
)

sharing_count = Table(
    "sharing_count",
    metadata,
    Column("day", Date, primary_key=True, comment="of Asia/Shanghai"),
    Column("requester", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("requests", Integer, nullable=False),
)

holder_answer_count = Table(
    "holder_answer_count",
    metadata,
    Column("item", Text, primary_key=True),
    Column("holder_code_index", LargeBinary, primary_key=True, comment="keyed HMAC of the holder code"),
    Column("day", Date, primary_key=True, comment="of Asia/Shanghai"),
    Column("answers", Integer, nullable=False),
    Column("counted_at", MOMENT, nullable=False, index=True),
)

verification_cursor = Table(
    "verification_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, comment="of the seal up to which verifications are numbered"),
    CheckConstraint("id = 1", name="id"),
)

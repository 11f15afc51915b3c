"""Tables of this service, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_kit.storage.tables import APPEND_ONLY, NAMING, encrypted, kit_tables
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

_Time = DateTime(timezone=True)
_ALERT_ID = "'GJ-' || year::text || '-' || lpad(number::text, greatest(6, length(number::text)), '0')"

alert = Table(
    "alert",
    metadata,
    Column("alert_id", Text, Computed(_ALERT_ID, persisted=True), primary_key=True),
    Column("year", SmallInteger, nullable=False),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("version", BigInteger, nullable=False, server_default="1"),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("fingerprint", Text, nullable=False),
    Column("owners", ARRAY(Text), nullable=False),
    Column("street", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("labels", JSONB, nullable=False),
    Column("report_count", Integer, nullable=False, server_default="1"),
    Column("raised_at", _Time, nullable=False, server_default=func.now()),
    Column("seen_at", _Time, nullable=False, server_default=func.now()),
    Column("updated_at", _Time, nullable=False, server_default=func.now(), index=True),
    Column("acknowledged_at", _Time),
    Column("resolved_at", _Time),
    CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    CheckConstraint("state IN ('open', 'acknowledged', 'resolved')", name="state"),
    CheckConstraint("source IN ('video', 'pole', 'api', 'event')", name="source"),
)
Index("uq_alert_live_fingerprint", alert.c.fingerprint, unique=True, postgresql_where=alert.c.state != "resolved")

report = Table(
    "report",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("alert_id", ForeignKey("alert.alert_id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("received_at", _Time, nullable=False, server_default=func.now()),
    info=APPEND_ONLY,
)

audience = Table(
    "audience",
    metadata,
    Column("alert_id", ForeignKey("alert.alert_id"), primary_key=True),
    Column("who", Text, primary_key=True),
    Column("organisations", ARRAY(Text), nullable=False),
    Column("post", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("within_minutes", Integer),
    Column("acknowledge_by", _Time),
    Column("escalate_to", Text),
    Column("escalated_at", _Time),
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("alert_id", ForeignKey("alert.alert_id"), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("failure_code", Text, nullable=False, server_default=""),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
    Column("updated_at", _Time, nullable=False, server_default=func.now(), index=True),
    UniqueConstraint("alert_id", "organisation", "post", "channel"),
    CheckConstraint("channel IN ('wall', 'app', 'sms', 'voice', 'webhook')", name="channel"),
    CheckConstraint("state IN ('queued', 'sent', 'delivered', 'failed', 'not_available')", name="state"),
)
Index("ix_delivery_organisation_alert_id", delivery.c.organisation, delivery.c.alert_id)
Index("ix_delivery_unshown", delivery.c.organisation, postgresql_where=delivery.c.state == "sent")

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("alert_id", ForeignKey("alert.alert_id"), primary_key=True),
    Column("organisation", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("acknowledged_at", _Time, nullable=False, server_default=func.now()),
    info=APPEND_ONLY,
)

entry = Table(
    "entry",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert_id", ForeignKey("alert.alert_id"), nullable=False, index=True),
    Column("at", _Time, nullable=False, server_default=func.clock_timestamp()),
    Column("act", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("organisation", Text, nullable=False, server_default=""),
    Column("details", JSONB, nullable=False),
    info=APPEND_ONLY,
)

notification = Table(
    "notification",
    metadata,
    Column("notification_id", Uuid, primary_key=True),
    Column("caller", Text, nullable=False),
    Column("template_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("mobile_number", LargeBinary, nullable=False, info=encrypted("{notification_id}")),
    Column(
        "variables", LargeBinary, info=encrypted("{notification_id}"), comment="erased once the carrier has taken it"
    ),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("failure_code", Text, nullable=False, server_default=""),
    Column("delivery_id", ForeignKey("delivery.delivery_id"), index=True),
    Column("created_at", _Time, nullable=False, server_default=func.now(), index=True),
    Column("sent_at", _Time),
    Column("finished_at", _Time),
    CheckConstraint("state IN ('queued', 'sent', 'delivered', 'failed')", name="state"),
)

message_budget = Table(
    "message_budget",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="keyed hash of caller, template and number"),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", _Time, nullable=False),
    Column("attempted_at", _Time, nullable=False, index=True),
)

webhook = Table(
    "webhook",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False, info=encrypted("{organisation}")),
    Column("set_by", Text, nullable=False),
    Column("set_at", _Time, nullable=False, server_default=func.now()),
)

organisation = Table(
    "organisation",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("updated_at", _Time, nullable=False, server_default=func.now()),
)

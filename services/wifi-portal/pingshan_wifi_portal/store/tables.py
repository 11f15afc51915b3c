"""Tables of wifi-portal, beside the kit's. Columns with the comment "personal" hold ciphertext or a keyed hash."""

from pingshan_kit.storage.tables import NAMING, encrypted, kit_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

_Time = DateTime(timezone=True)
PERSONAL = "personal"

controller = Table(
    "controller",
    metadata,
    Column("controller_id", Text, primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("nas_identifier", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False, unique=True, comment="source address of its RADIUS packets"),
    Column("street", Text, nullable=False),
    Column("portal_protocol", Text, nullable=False),
    Column("login_url", Text, nullable=False, comment="where it takes the one-time login token"),
    Column("coa", Boolean, nullable=False),
    Column("require_message_authenticator", Text, nullable=False),
    Column("message_authenticator_seen", Boolean, nullable=False, server_default="false"),
    Column("octets_swapped", Boolean, nullable=False),
    Column("secret", LargeBinary, nullable=False, info=encrypted("{controller_id}"), comment="encrypted shared secret"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("last_packet_at", _Time),
    Column("stopped_at", _Time, comment="its Accounting-Off; empty again after Accounting-On"),
    CheckConstraint("require_message_authenticator IN ('yes', 'auto')", name="require_message_authenticator"),
)

hotspot = Table(
    "hotspot",
    metadata,
    Column("hotspot_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("street", Text, nullable=False, index=True),
    Column("community", Text, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("indoor", Boolean, nullable=False),
    Column("hours", Text, nullable=False),
    Column("shelter", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("uplink_mbps", Integer, nullable=False),
    Column("access_point_count", Integer, nullable=False),
    Column("controller_id", Text, ForeignKey("controller.controller_id"), nullable=False, index=True),
)

access_point = Table(
    "access_point",
    metadata,
    Column("access_point_id", Text, primary_key=True),
    Column("hotspot_id", Text, ForeignKey("hotspot.hotspot_id"), nullable=False, index=True),
    Column("controller_id", Text, ForeignKey("controller.controller_id"), nullable=False),
    Column("mac", Text, nullable=False, unique=True),
    Column("called_station_id", Text, nullable=False, unique=True),
)

plan = Table(
    "plan",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("daily_octets", BigInteger, nullable=False),
    Column("rate_kbps", Integer, nullable=False),
    Column("slowed_kbps", Integer, nullable=False),
    Column("warn_percent", Integer, nullable=False),
    Column("session_seconds", Integer, nullable=False),
    Column("idle_seconds", Integer, nullable=False),
    Column("interim_seconds", Integer, nullable=False),
)

visitor = Table(
    "visitor",
    metadata,
    Column("visitor_id", Uuid, primary_key=True),
    Column("mobile_index", LargeBinary, nullable=False, unique=True, comment=PERSONAL),
    Column("mobile", LargeBinary, nullable=False, info=encrypted("{visitor_id}"), comment=PERSONAL),
    Column("language", Text, nullable=False),
    Column("plan_id", Text, ForeignKey("plan.plan_id"), nullable=False),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("sign_in_id", Uuid, primary_key=True),
    Column("controller_id", Text, ForeignKey("controller.controller_id"), nullable=False),
    Column("hotspot_id", Text, ForeignKey("hotspot.hotspot_id"), nullable=False),
    Column("device_mac", Text, nullable=False),
    Column("browser", LargeBinary, nullable=False, server_default="", comment="who speaks for an unproven device"),
    Column("mobile_index", LargeBinary, nullable=False, comment=PERSONAL),
    Column("mobile", LargeBinary, nullable=False, info=encrypted("{sign_in_id}"), comment=PERSONAL),
    Column("network", Text, nullable=False, comment="where the request came from: /24 or /64"),
    Column("language", Text, nullable=False),
    Column("code", LargeBinary, nullable=False, comment="keyed hash"),
    Column("sent_at", _Time, nullable=False),
    Column("expires_at", _Time, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("notification_id", Text, nullable=False, server_default=""),
    Column("failure", Text, nullable=False, server_default=""),
    Column("consented_at", _Time, nullable=False, comment="to the terms and to keeping the records the law asks for"),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("status_token", LargeBinary, unique=True, comment="SHA-256 of the status page's address"),
    CheckConstraint("state IN ('pending', 'verified', 'replaced')", name="state"),
)
Index("ix_sign_in_mobile", sign_in.c.mobile_index, sign_in.c.sent_at)
Index("ix_sign_in_device", sign_in.c.device_mac, sign_in.c.sent_at)
Index("ix_sign_in_network", sign_in.c.network, sign_in.c.sent_at)
Index("ix_sign_in_sent_at", sign_in.c.sent_at)
Index(
    "uq_sign_in_pending_of",
    sign_in.c.controller_id,
    sign_in.c.device_mac,
    sign_in.c.browser,
    unique=True,
    postgresql_where=sign_in.c.state == "pending",
)

code_limit = Table(
    "code_limit",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="keyed hash of what is counted"),
    Column("counted", Text, nullable=False, comment="what is counted: Counted"),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", _Time, nullable=False),
    Column("attempted_at", _Time, nullable=False),
    Column("subject", LargeBinary, info=encrypted("{key}"), comment=PERSONAL),
    Column("lifted_at", _Time, comment="from when on an operator lets codes be counted anew"),
)

login_token = Table(
    "login_token",
    metadata,
    Column("username", Text, primary_key=True),
    Column("sign_in_id", Uuid, ForeignKey("sign_in.sign_in_id"), nullable=False),
    Column("visitor_id", Uuid, ForeignKey("visitor.visitor_id"), nullable=False),
    Column("controller_id", Text, ForeignKey("controller.controller_id"), nullable=False),
    Column("device_mac", Text, nullable=False),
    Column("expires_at", _Time, nullable=False),
    Column("used_at", _Time),
    Column("used_by", LargeBinary, comment="authenticator of the request that used it: its retransmission is answered"),
    Column("session_id", Uuid, comment="the session that it opened"),
    Column("traceparent", Text, nullable=False, server_default=""),
)
Index("ix_login_token_expires_at", login_token.c.expires_at)
Index("ix_login_token_sign_in_id", login_token.c.sign_in_id)
Index("ix_login_token_visitor_id", login_token.c.visitor_id)

wifi_session = Table(
    "wifi_session",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("controller_id", Text, ForeignKey("controller.controller_id"), nullable=False),
    Column("hotspot_id", Text, ForeignKey("hotspot.hotspot_id"), nullable=False),
    Column("device_mac", Text, nullable=False),
    Column("acct_session_id", Text, nullable=False),
    Column("visitor_id", Uuid, ForeignKey("visitor.visitor_id"), comment="empty where nobody signed in here"),
    Column("sign_in_id", Uuid, ForeignKey("sign_in.sign_in_id")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("framed_ip", Text, nullable=False, server_default=""),
    Column("authorised_at", _Time, nullable=False, server_default=func.now()),
    Column("expires_at", _Time, comment="Session-Timeout"),
    Column("started_at", _Time),
    Column("last_report_at", _Time),
    Column("ended_at", _Time),
    Column("end_cause", Text, nullable=False, server_default=""),
    Column("input_octets", BigInteger, nullable=False, server_default="0"),
    Column("output_octets", BigInteger, nullable=False, server_default="0"),
    Column("counter_input", BigInteger, nullable=False, server_default="0"),
    Column("counter_output", BigInteger, nullable=False, server_default="0"),
    Column("session_seconds", BigInteger, nullable=False, server_default="0"),
    Column("implausible_report", Text, nullable=False, server_default="", comment="counters that were not believed"),
    Column("rate_kbps", Integer, nullable=False, server_default="0"),
    Column("slowed", Boolean, nullable=False, server_default="false"),
    Column("policy_version", Integer, nullable=False, server_default="1"),
    Column("applied_version", Integer, nullable=False, server_default="1", comment="policy the controller confirmed"),
    postgresql_with={"fillfactor": 70},
)
Index(
    "ix_wifi_session_open",
    wifi_session.c.hotspot_id,
    postgresql_where=wifi_session.c.ended_at.is_(None),
)
Index(
    "ix_wifi_session_open_controller",
    wifi_session.c.controller_id,
    wifi_session.c.acct_session_id,
    postgresql_where=wifi_session.c.ended_at.is_(None),
)
Index(
    "ix_wifi_session_open_address",
    wifi_session.c.framed_ip,
    postgresql_where=wifi_session.c.ended_at.is_(None),
)
Index("ix_wifi_session_device", wifi_session.c.device_mac, wifi_session.c.authorised_at)
Index("ix_wifi_session_visitor", wifi_session.c.visitor_id, wifi_session.c.authorised_at)
Index("ix_wifi_session_sign_in", wifi_session.c.sign_in_id)
Index("ix_wifi_session_ended_at", wifi_session.c.ended_at)

usage = Table(
    "usage",
    metadata,
    Column("visitor_id", Uuid, ForeignKey("visitor.visitor_id"), primary_key=True),
    Column("day", Date, primary_key=True, comment="in Shanghai"),
    Column("octets", BigInteger, nullable=False),
    Column("exhausted_at", _Time),
    postgresql_with={"fillfactor": 70},
)
Index("ix_usage_day", usage.c.day)

radius_drop = Table(
    "radius_drop",
    metadata,
    Column("day", Date, primary_key=True, comment="in Shanghai"),
    Column("source", Text, primary_key=True, comment="controller id, or unknown"),
    Column("reason", Text, primary_key=True),
    Column("packets", BigInteger, nullable=False),
)

"""Housekeeping finds what is over without reading the whole table."""

from pingshan_kit.storage.migrations.steps import create_index_concurrently

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_index_concurrently("ix_sign_in_sent_at", "sign_in (sent_at)")
    create_index_concurrently("ix_login_token_expires_at", "login_token (expires_at)")
    create_index_concurrently("ix_login_token_sign_in_id", "login_token (sign_in_id)")
    create_index_concurrently("ix_login_token_visitor_id", "login_token (visitor_id)")
    create_index_concurrently("ix_wifi_session_ended_at", "wifi_session (ended_at)")
    create_index_concurrently("ix_usage_day", "usage (day)")

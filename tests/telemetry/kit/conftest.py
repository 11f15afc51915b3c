"""The kit's own fixtures."""

from tests.support.kit_fixtures import admin, alerts_database, database, plain_logs, publisher, settings, subscriber

__all__ = ["admin", "alerts_database", "database", "plain_logs", "publisher", "settings", "subscriber"]

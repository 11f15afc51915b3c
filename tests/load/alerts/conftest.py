"""The same running service as in tests/component/alerts."""

from tests.support.alerts_fixtures import api, bound, carrier, database, detector, rows, settings, siblings

__all__ = ["api", "bound", "carrier", "database", "detector", "rows", "settings", "siblings"]

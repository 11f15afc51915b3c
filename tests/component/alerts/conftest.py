"""alerts as a process of its own, with its siblings faked and the carrier simulated."""

from tests.support.alerts_fixtures import api, bound, carrier, database, detector, rows, settings, siblings

__all__ = ["api", "bound", "carrier", "database", "detector", "rows", "settings", "siblings"]

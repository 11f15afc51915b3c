"""wifi-portal as a process, with simulated controllers and alerts as a fake."""

from tests.support.portal_fixtures import alerts, bound, database, nas_http, portal, visitor

__all__ = ["alerts", "bound", "database", "nas_http", "portal", "visitor"]

"""People at a service: pages that sign in at identity, and REST calls with an access token."""

from pingshan_kit.auth.guard import actor, bearer, protect
from pingshan_kit.auth.page_auth import PageAuth

__all__ = ["PageAuth", "actor", "bearer", "protect"]

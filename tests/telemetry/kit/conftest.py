"""The kit's own fixtures."""

from tests.support.kit_fixtures import publisher, settings

__all__ = ["publisher", "settings"]
